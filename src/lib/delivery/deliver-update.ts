import { z } from 'zod';
import type { MissedPushes } from '../deployments/missed-pushes.ts';
import { recordAbandoned, recordOutcome } from '../deployments/record-outcome.ts';
import type { DeploymentStore, WithEffects } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { Failure, withPlace } from '../model/failure.ts';
import { tagUpdateSchema } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { hostOf, registryHost } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';
import { tryParseUrl } from '../net/url.ts';
import type { Environment } from '../routes/route.ts';
import { parseBody } from '../work/parse-body.ts';
import type { JobContext, JobHandler } from '../work/worker.ts';
import type { DueStore } from '../work/due-store.ts';
import { missedByFiles } from './missed-push.ts';
import { movedFrom } from './moved-update.ts';
import { recordFirst } from './record-first.ts';
import type { ApplyOptions, ApplyUpdate, ApplyUpdateDeps } from './apply-update.ts';

export interface DeliverUpdateDeps extends Pick<ApplyUpdateDeps, 'findEnvironment'> {
  readonly apply: ApplyUpdate;
  readonly store: DeploymentStore;
  readonly due: Pick<DueStore, 'arm'>;
  readonly missed: Pick<MissedPushes, 'note'>;
  readonly now: Clock;
  readonly withEffects: WithEffects;
  /** Bounds the updates of a silent host in this instance: of Git, of builds, or a registry. */
  readonly hosts: HostShare;
}

/** Jobs of the kind `tag-update`: writes the tag into the GitOps repository and records the outcome. */
export function makeDeliverUpdate(deps: DeliverUpdateDeps): JobHandler {
  return {
    async run(body, context) {
      const update = parseBody(body, tagUpdateSchema, 'a tag update');
      const options = { isSuspect: context.isSuspect, isReleased: heldSchema.safeParse(body).success };
      const from = movedFrom(body);
      const environment = await deps.findEnvironment(update);
      const repository = environment?.repository ?? '';
      const deliver = (): Promise<'wait' | void> =>
        deps.withEffects(update, context.log, () =>
          deliverUpdate({ update, movedFrom: from }, options, context, { ...deps, repository }),
        );
      if (!environment) return deliver();
      let work = deliver;
      for (const host of [hostOf(repository), registryHost(update.image.registry), ...hostOfBuilds(environment)]) {
        const inner = work;
        work = () => deps.hosts.run(host, inner);
      }
      return work();
    },
    async retried(body, retry, log) {
      const parsed = tagUpdateSchema.safeParse(body);
      if (!parsed.success) return;
      const { id, route, environment } = parsed.data;
      try {
        await deps.store.update(parsed.data, (current) =>
          current?.state === 'queued' ? { ...current, retry } : undefined,
        );
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log('warn', 'retry-not-recorded', { route, environment, update: id, code: error.code, reason: error.message });
      }
    },
    async abandoned(body, failure) {
      const parsed = tagUpdateSchema.safeParse(body);
      // Only an update has a record.
      if (parsed.success) await recordAbandoned(parsed.data, failure, deps.store, deps.now());
    },
  };
}

/** The host whose builds the update needs, if the route names it. Without `from` an update needs no build. */
function hostOfBuilds({ from, build }: Environment): readonly string[] {
  const url = tryParseUrl(build?.repository ?? '');
  return from && url ? [url.host] : [];
}

/** The body of a held update's row: the updates of an opening are counted. */
const heldSchema = z.object({ isHeld: z.literal(true) });

/** Names the row of a held update. */
export function heldKey({ id }: Pick<TagUpdate, 'id'>): string {
  return `held ${id}`;
}

async function deliverUpdate(
  { update, movedFrom: from }: { readonly update: TagUpdate; readonly movedFrom: string | undefined },
  options: ApplyOptions,
  { log, isWaiting }: JobContext,
  { apply, store, due, missed, now, repository }: DeliverUpdateDeps & { readonly repository: string },
): Promise<'wait' | void> {
  const { route, environment } = update;
  const startedAt = now().getTime();
  await recordFirst(update, repository, { store, now }, from);
  const outcome = await apply(update, options);
  if (outcome.kind === 'held') {
    // Before the record: if the worker dies between the two, the update is still planned again.
    const body = { ...update, isHeld: true };
    await due.arm({ key: heldKey(update), at: outcome.until, job: { kind: 'tag-update', body } });
  }
  await recordOutcome(update, outcome, store, now());
  // After the record is gone: gates that wait for the deployment are evaluated.
  if (outcome.kind === 'ignored') await missed.note(missedByFiles(update, outcome.reason));
  if (outcome.kind === 'failed') throw withPlace(outcome.failure, { route, environment });
  const { kind, warnings = [], ...fields } = { warnings: undefined, ...outcome };
  // With `delivery: observe` someone else commits the value. The record becomes `committed` at that commit.
  if (kind === 'observed' && isWaiting) return 'wait';
  log(outcome.kind === 'superseded' && outcome.isForeign ? 'warn' : 'info', kind, {
    route,
    environment,
    update: update.id,
    tag: update.image.tag,
    ...fields,
    ...(warnings.length > 0 && { warnings: warnings.join('; ') }),
    ms: now().getTime() - startedAt,
  });
  return kind === 'observed' ? 'wait' : undefined;
}
