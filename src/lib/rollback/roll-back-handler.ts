import type { ApplyUpdate } from '../delivery/apply-update.ts';
import { recordOutcome } from '../deployments/record-outcome.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { withPlace } from '../model/failure.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Outcome } from '../model/outcome.ts';
import { rollbackId } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { HostShare } from '../net/host-share.ts';
import { hostOf } from '../net/host-share.ts';
import type { Registry } from '../registry/registry.ts';
import type { Environment } from '../routes/route.ts';
import type { DueStore } from '../work/due-store.ts';
import { parseBody } from '../work/parse-body.ts';
import type { JobHandler } from '../work/worker.ts';
import { norb, reread } from './conditions.ts';
import { rollbackJobSchema, rollbackKey } from './rollback-job.ts';
import type { RollbackJob } from './rollback-job.ts';

export interface RollBackDeps {
  readonly apply: ApplyUpdate;
  readonly store: DeploymentStore;
  readonly due: Pick<DueStore, 'arm'>;
  readonly now: Clock;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  /** Absent with `VERIFY_IMAGE=false`: then labels are unknown. */
  readonly registry?: Pick<Registry, 'inspect'>;
  readonly hosts: HostShare;
}

/** The label of an image that does not go back, as after a migration of a database. */
const label = 'tagrelay.rollback';

/** Jobs of the kind `rollback`: what `onFailure` does after a deployment failed. There is one rollback of a deployment. */
export function makeRollBackHandler(deps: RollBackDeps): JobHandler {
  return {
    async run(body, { log, isSuspect }) {
      const job = parseBody(body, rollbackJobSchema, 'a rollback');
      const deployment = await deps.store.find(job);
      const environment = deployment && (await deps.findEnvironment(deployment.update));
      if (!deployment || !environment || environment.onFailure === 'none') return;
      const refusal = norb(deployment) ?? reread(deployment);
      if (refusal !== undefined) return note(job, `not rolled back: ${refusal}`, deps);
      const update = rollbackOf(deployment);
      const proposes = await goesByProposal(deployment, deps);
      const outcome = await deps.hosts.run(hostOf(environment.repository), update.id, () =>
        deps.apply(update, { isSuspect, proposes: proposes && environment.delivery !== 'observe' }),
      );
      if (outcome.kind === 'held') {
        await deps.due.arm({ key: rollbackKey(job), at: outcome.until, job: { kind: 'rollback', body: job } });
        return;
      }
      const isRecorded = (await deps.store.find(update)) !== undefined;
      if (isRecorded) await recordOutcome(update, outcome, deps.store, deps.now());
      if (outcome.kind === 'failed' && outcome.failure.kind === 'retryable') throw withPlace(outcome.failure, job);
      const text = textOf(outcome, proposes);
      if (text !== undefined) await note(job, text, deps);
      const { route, environment: name } = job;
      log('warn', 'rollback', { route, environment: name, update: update.id, of: job.id, outcome: outcome.kind, text });
    },
    async abandoned(body, { code }) {
      const parsed = rollbackJobSchema.safeParse(body);
      if (parsed.success) await note(parsed.data, `not rolled back: gave up after 24 h (${code})`, deps);
    },
  };
}

function rollbackOf({ update, state, reason = state }: Deployment): TagUpdate {
  const cause = { kind: 'rollback', of: update.id, automatic: true, reason: reason.slice(0, 1_000) } as const;
  return { ...update, id: rollbackId(update.id), cause };
}

/** Whether the label of the failed image asks for a person. */
async function goesByProposal({ update: { image } }: Deployment, { registry }: RollBackDeps): Promise<boolean> {
  const artifact = await registry?.inspect(image);
  return artifact?.labels[label] === 'false';
}

function textOf(outcome: Outcome, proposes: boolean): string | undefined {
  switch (outcome.kind) {
    case 'pull-request':
      return `pull request ${outcome.number} proposes the rollback${proposes ? `, because of the label ${label}=false` : ''}`;
    case 'superseded':
    case 'refused':
      return `not rolled back: ${outcome.reason}`;
    case 'observed':
      return `a rollback would write: ${outcome.changes}`;
    case 'failed':
      return `not rolled back: ${outcome.failure.message}`;
    case 'ignored':
      return 'not rolled back: the files do not use the image';
    case 'committed':
    case 'up-to-date':
    case 'done-before':
    case 'held':
      return undefined;
    default:
      return outcome satisfies never;
  }
}

/** Records what happened with the failed deployment. A final state stays. */
async function note(
  job: RollbackJob,
  text: string,
  { store, now }: Pick<RollBackDeps, 'store' | 'now'>,
): Promise<void> {
  await store.update(job, (current) => {
    if (!current || current.recovery === text || current.state === 'rolled-back') return undefined;
    return { ...current, recovery: text.slice(0, 1_000), updatedAt: now().toISOString() };
  });
}
