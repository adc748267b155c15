import { allEnd } from '../../async/all-end.ts';
import { atMost } from '../../async/at-most.ts';
import type { DeploymentKey, DeploymentStore } from '../../deployments/store.ts';
import type { Repositories } from '../../git/repositories.ts';
import { ageMs } from '../../model/clock.ts';
import type { Clock } from '../../model/clock.ts';
import { moveTo } from '../../model/deployment.ts';
import type { Deployment } from '../../model/deployment.ts';
import { isState } from '../../model/deployment-states.ts';
import { Failure } from '../../model/failure.ts';
import { isPreviewed } from '../../model/is-open.ts';
import type { Log } from '../../model/log.ts';
import { updateKey } from '../../model/tag-update.ts';
import { skipDamaged, skipInvalid } from '../../deployments/skip-invalid.ts';
import type { PreviewedPullRequest, PreviewStore } from './preview-store.ts';

export interface FollowPreviewsDeps {
  readonly previews: PreviewStore;
  readonly store: Pick<DeploymentStore, 'find' | 'update'>;
  /** Shows a record in its environment as if it were new. */
  readonly showAgain: (key: DeploymentKey) => Promise<void>;
  readonly repositories: Pick<Repositories, 'open'>;
  readonly now: Clock;
}

/** NCRONTAB: every 5 min. */
export const previewSchedule = '40 */5 * * * *';
/** Pull requests that a run asks about, those first that were asked about longest ago. */
const mostAsked = 40;
const askedAtOnce = 4;

/**
 * Asks the Git hosts about the pull requests that have previews, one request each. The deployments of a pull request that was
 * merged or closed end, and its tool removes the preview. A failure concerns its pull request only.
 */
export async function followPreviews(log: Log, deps: FollowPreviewsDeps): Promise<void> {
  const { previews, now } = deps;
  const all = await previews.list();
  const age = ({ askedAt }: PreviewedPullRequest): number => (askedAt === undefined ? Infinity : ageMs(askedAt, now()));
  const asked = all.toSorted((a, b) => age(b) - age(a)).slice(0, mostAsked);
  await atMost(askedAtOnce, asked, async (preview) => {
    const { repository, number } = preview;
    try {
      const state = await stateOf(preview, deps);
      if (state === 'active') return await previews.recordAsked(preview, now().toISOString());
      if (state !== 'none') await endPreview(preview, state, log, deps);
      return await previews.removeRead(preview);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { code, message: reason } = error;
      log('warn', 'preview-not-followed', { repository, pullRequest: number, code, reason });
      // The others are asked about first.
      if (code !== 'storage-unavailable') await previews.recordAsked(preview, now().toISOString());
    }
  });
}

/** `none`: the Git host has no pull requests that this version can read. */
async function stateOf(
  { repository, number }: PreviewedPullRequest,
  { repositories }: FollowPreviewsDeps,
): Promise<'active' | 'abandoned' | 'completed' | 'none'> {
  const { pullRequests } = repositories.open(repository);
  return pullRequests ? (await pullRequests.get(number)).state : 'none';
}

async function endPreview(
  preview: PreviewedPullRequest,
  state: 'abandoned' | 'completed',
  log: Log,
  deps: FollowPreviewsDeps,
): Promise<void> {
  const { repository, number, updates } = preview;
  const reason = `pull request ${number} was ${state === 'completed' ? 'merged' : 'closed'}`;
  // After a failure the next run repeats it, or one of a newer version.
  await allEnd(updates.map((update) => skipDamaged(endRecord(update, reason, deps))));
  log('info', 'preview-ended', { repository, pullRequest: number, deployments: updates.length, reason });
  // In the overview an environment shows its last deployment: another pull request's by now.
  const environments = new Map(updates.map((update) => [updateKey(update), update]));
  for (const environment of environments.keys()) {
    const next = await newestOf(environment, preview, deps);
    if (next) await deps.showAgain(next.update);
  }
}

async function endRecord(key: DeploymentKey, reason: string, { store, now }: FollowPreviewsDeps): Promise<void> {
  await store.update(key, (current) =>
    current && isRunning(current)
      ? moveTo(current, 'superseded', { code: 'pull-request-closed', reason }, now())
      : undefined,
  );
}

function committedAt({ states }: Deployment): string {
  return states.find((one) => isState(one.state, 'committed'))?.at ?? '';
}

function isRunning(deployment: Deployment): boolean {
  return isPreviewed(deployment) && isState(deployment.state, 'committed');
}

/** The newest deployment of another pull request in an environment. */
async function newestOf(
  environment: string,
  ended: PreviewedPullRequest,
  { previews, store }: FollowPreviewsDeps,
): Promise<Deployment | undefined> {
  const others = (await previews.list()).filter(
    ({ repository, number }) => repository !== ended.repository || number !== ended.number,
  );
  const keys = others.flatMap(({ updates }) => updates.findLast((update) => updateKey(update) === environment) ?? []);
  const found = await Promise.all(keys.slice(0, mostAsked).map((key) => skipInvalid(store.find(key))));
  return found
    .filter((record) => record !== undefined)
    .filter(isRunning)
    .toSorted((a, b) => (committedAt(a) < committedAt(b) ? 1 : -1))[0];
}
