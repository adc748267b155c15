import type { StorageQueueHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import { Failure, withPlace } from '../lib/model/failure.ts';
import { recordAbandoned, recordOutcome } from '../lib/deployments/record-outcome.ts';
import type { DeploymentStore } from '../lib/deployments/store.ts';
import type { Log } from '../lib/model/log.ts';
import type { ApplyUpdate } from '../lib/delivery/apply-update.ts';
import { workOnMessage } from '../lib/work/queue-work.ts';
import type { Delivery, OnAbandoned, QueueWorkDeps } from '../lib/work/queue-work.ts';
import { tagUpdateSchema } from '../lib/model/tag-update.ts';
import { dequeueCountOf, logOf } from './log.ts';

export interface ApplyTagUpdateDeps extends QueueWorkDeps {
  readonly apply: ApplyUpdate;
  readonly store: DeploymentStore;
}

/** Queue `tag-updates`: writes the tag into the GitOps repository and records the outcome. */
export function makeApplyTagUpdate(deps: ApplyTagUpdateDeps): StorageQueueHandler {
  return async (message, context) => {
    const log = logOf(context);
    await workOnMessage(
      message,
      {
        queue: queueNames.tagUpdates,
        run: (body, delivery) => applyUpdate(body, delivery, log, deps),
        abandoned: abandonedUpdate(deps),
      },
      log,
      deps,
      dequeueCountOf(context),
    );
  };
}

async function applyUpdate(
  body: unknown,
  delivery: Delivery,
  log: Log,
  { apply, store, now }: ApplyTagUpdateDeps,
): Promise<'look-again' | void> {
  const parsed = tagUpdateSchema.safeParse(body);
  if (!parsed.success) {
    const fields = parsed.error.issues
      .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
      .join('; ');
    throw new Failure('message-malformed', `The message is not a tag update: ${fields}`);
  }
  const update = parsed.data;
  const startedAt = now().getTime();
  const outcome = await apply(update, delivery);
  await recordOutcome(update, outcome, store, now());
  if (outcome.kind === 'failed') throw withPlace(outcome.failure, update);
  const { kind, warnings = [], ...fields } = { warnings: undefined, ...outcome };
  // Under `observe` another writes the value: then the record is committed at that commit.
  if (kind === 'observed' && delivery.isLook) return 'look-again';
  log(outcome.kind === 'superseded' && outcome.isForeign ? 'warn' : 'info', kind, {
    route: update.route,
    environment: update.environment,
    update: update.id,
    tag: update.image.tag,
    ...fields,
    ...(warnings.length > 0 && { warnings: warnings.join('; ') }),
    ms: now().getTime() - startedAt,
  });
  return kind === 'observed' ? 'look-again' : undefined;
}

/** Records that an update is abandoned. Other messages have no record. */
export function abandonedUpdate({ store, now }: Pick<ApplyTagUpdateDeps, 'store' | 'now'>): OnAbandoned {
  return async (body, failure) => {
    const parsed = tagUpdateSchema.safeParse(body);
    if (parsed.success) await recordAbandoned(parsed.data, failure, store, now());
  };
}
