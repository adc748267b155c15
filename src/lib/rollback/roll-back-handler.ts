import type { ApplyUpdate } from '../delivery/apply-update.ts';
import { recordOutcome } from '../deployments/record-outcome.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { Failure, withPlace } from '../model/failure.ts';
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
import type { JobContext, JobHandler } from '../work/worker.ts';
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
    async run(body, context) {
      const job = parseBody(body, rollbackJobSchema, 'a rollback');
      try {
        await rollBack(job, context, deps);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.kind === 'permanent') await note(job, notMade(error.message), deps);
        throw withPlace(error, job);
      }
    },
    async abandoned(body, { code, message }) {
      const parsed = rollbackJobSchema.safeParse(body);
      if (parsed.success) await note(parsed.data, notMade(`gave up after 24 h (${code}): ${message}`), deps);
    },
  };
}

async function rollBack(job: RollbackJob, { log, isSuspect }: JobContext, deps: RollBackDeps): Promise<void> {
  const deployment = await deps.store.find(job);
  if (!deployment) return undefined;
  const environment = await deps.findEnvironment(deployment.update);
  if (!environment || environment.onFailure === 'none') {
    // The settings have changed since it was queued.
    return deployment.recovery === undefined ? undefined : note(job, notMade('`onFailure` is `none` by now'), deps);
  }
  const refusal = norb(deployment) ?? reread(deployment);
  if (refusal !== undefined) return note(job, notMade(refusal), deps);
  const update = rollbackOf(deployment);
  const isLabelled = await hasLabel(deployment, deps);
  const outcome = await deps.hosts.run(hostOf(environment.repository), () =>
    deps.apply(update, { isSuspect, proposes: isLabelled && environment.delivery !== 'observe' }),
  );
  if (outcome.kind === 'held') {
    await deps.due.arm({ key: rollbackKey(job), at: outcome.until, job: { kind: 'rollback', body: job } });
    return note(job, `the rollback waits until ${outcome.until}: ${outcome.reason}`, deps);
  }
  const record = await deps.store.find(update);
  if (record) await recordOutcome(update, outcome, deps.store, deps.now());
  if (outcome.kind === 'failed' && outcome.failure.kind === 'retryable') throw outcome.failure;
  const text = textOf(outcome, record, whyProposed(environment, isLabelled));
  if (text !== undefined) await note(job, text, deps);
  const { route, environment: name } = job;
  log('warn', 'rollback', { route, environment: name, update: update.id, of: job.id, outcome: outcome.kind, text });
}

function rollbackOf({ update, state, reason }: Deployment): TagUpdate {
  const why = reason === undefined || reason === '' ? state : reason.slice(0, 1_000);
  const cause = { kind: 'rollback', of: update.id, automatic: true, reason: why } as const;
  return { ...update, id: rollbackId(update.id), cause };
}

/** Whether the label of the failed image leaves the rollback to a person. */
async function hasLabel({ update: { image } }: Deployment, { registry }: RollBackDeps): Promise<boolean> {
  const artifact = await registry?.inspect(image);
  return artifact?.labels[label] === 'false';
}

/** Why a rollback is proposed that the settings let tagrelay push. */
function whyProposed({ onFailure }: Environment, isLabelled: boolean): string {
  if (isLabelled) return `, because the image has the label ${label}=false`;
  return onFailure === 'revert' ? ', because the branch refused the push' : '';
}

function notMade(reason: string): string {
  return `not rolled back: ${reason}`;
}

function textOf(outcome: Outcome, record: Deployment | undefined, why: string): string | undefined {
  switch (outcome.kind) {
    case 'pull-request':
      return `the rollback was proposed as pull request ${outcome.number}${why}`;
    case 'done-before':
      // The worker died before it wrote the text.
      if (outcome.state === 'superseded') return notMade(record?.reason ?? 'it was superseded');
      return outcome.state === 'pull-request' && record?.pullRequest
        ? `the rollback was proposed as pull request ${record.pullRequest.number}${why}`
        : undefined;
    case 'superseded':
    case 'refused':
      return notMade(outcome.reason);
    case 'observed':
      return `a rollback would write: ${outcome.changes}`;
    case 'failed':
      return notMade(outcome.failure.message);
    case 'ignored':
      return notMade('the files do not use the image');
    case 'committed':
    case 'up-to-date':
    case 'awaited':
    case 'tag-moved':
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
