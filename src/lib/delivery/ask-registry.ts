import { isEnded, moveTo, queued } from '../model/deployment.ts';
import { withOrigin } from '../model/with-origin.ts';
import type { KnownBuild } from '../model/image-origin.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import { writesDigest } from '../model/file-edit.ts';
import { Failure } from '../model/failure.ts';
import { formatImageReference } from '../model/image-reference.ts';
import { takesBuild } from '../routes/match/build-filter.ts';
import type { Outcome, Outcomes } from '../model/outcome.ts';
import { isPinned } from '../promotion/targets.ts';
import type { Registry } from '../registry/registry.ts';
import type { DeliverDeps } from './delivery.ts';
import { resolveRollback } from './judge-rollback.ts';
import type { RollbackPlace } from './judge-rollback.ts';
import { editsFor } from './pushed-artifact.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { policyTag } from '../values/policy-tag.ts';
import { isReplay, isRollback, jobOf, updateId } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';

/**
 * Delivers the updates of a group as the registry has them now; each outcome is by the id that the update came with.
 * A failure of one update does not affect the others.
 */
export async function withRegistry(
  group: readonly ResolvedUpdate[],
  place: RollbackPlace,
  deps: DeliverDeps,
  deliver: (current: readonly ResolvedUpdate[]) => Promise<Outcomes>,
): Promise<Outcomes> {
  const asked = await Promise.all(group.map((resolved) => askOrFail(resolved, place, deps)));
  const outcomes = await deliver(asked.filter((answer) => 'update' in answer));
  return new Map(
    group.map(({ update }, index) => {
      const answer = asked[index];
      const outcome = answer && 'update' in answer ? outcomes.get(update.id) : answer;
      const failure = new Failure('worker-ended', `${update.id} has no outcome`);
      return [update.id, outcome ?? { kind: 'failed', failure }];
    }),
  );
}

/** Asks the registry, and the build behind the image. */
export async function withoutWrite(resolved: ResolvedUpdate, deps: DeliverDeps): Promise<ResolvedUpdate | Outcome> {
  const current = await askRegistry(resolved, deps);
  if ('update' in current) await checkBuild(current, deps);
  return current;
}

async function askOrFail(
  resolved: ResolvedUpdate,
  place: RollbackPlace,
  deps: DeliverDeps,
): Promise<ResolvedUpdate | Outcome> {
  try {
    if (isRollback(resolved.update)) return await resolveRollback(resolved, place, deps);
    return await withoutWrite(resolved, deps);
  } catch (error) {
    if (error instanceof Failure) return { kind: 'failed', failure: error };
    throw error;
  }
}

/**
 * The registry decides, not the event: an unknown tag is not delivered. So a leaked webhook key cannot deploy an image
 * that was never pushed. Digest and push time are the registry's. An update whose digest is not the current one
 * continues under the id of the current one: that id gets a message, then the old record ends, and this plan ends. So a
 * tag that moves again around a killed worker leaves no record without a message [moved].
 *
 * @throws {Failure} retryable where the registry does not answer; `image-not-pushed` if it does not have the tag
 */
async function askRegistry(resolved: ResolvedUpdate, deps: DeliverDeps): Promise<ResolvedUpdate | Outcome> {
  const { update, environment } = resolved;
  if (!deps.registry) return resolved;
  if (isPinned(environment) && update.image.digest !== undefined) return pinned(resolved, deps.registry);
  const state = await deps.registry.lookUp(update.image);
  if (!state) {
    throw new Failure(
      'image-not-pushed',
      `${formatImageReference(update.image)} is not in its registry. Push it, then replay the update; or ignore this if the tag was deleted.`,
      { place: { route: update.route, environment: environment.name } },
    );
  }
  const image = { ...update.image, digest: state.digest };
  const edits = await editsFor(image, environment.update, deps.registry);
  if ('ignored' in edits) return { kind: 'ignored', reason: edits.ignored };
  // A replay is the job that a person asked for, whatever the tag points to by now.
  const id = isReplay(update)
    ? update.id
    : updateId(update.route, update.environment, image, environment.update.some(writesDigest));
  const pushedAt = state.lastUpdateTime?.toISOString() ?? update.pushedAt;
  const current = {
    ...resolved,
    environment: { ...environment, update: edits },
    isCurrent: true,
    update: { ...update, id, image, pushedAt },
  };
  if (id !== update.id) {
    await deps.sendMoved({ ...current.update, movedFrom: update.id });
    await recordMovedOn(resolved, state.digest, deps);
    return { kind: 'tag-moved', to: id };
  }
  return current;
}

/** A promotion: the digest that was healthy is written, wherever its tag points by now. */
async function pinned(resolved: ResolvedUpdate, registry: Registry): Promise<ResolvedUpdate | Outcome> {
  const { update, environment } = resolved;
  const edits = await editsFor(update.image, environment.update, registry);
  if ('ignored' in edits) return { kind: 'ignored', reason: edits.ignored };
  return { ...resolved, environment: { ...environment, update: edits } };
}

/** The tag points to another digest, whose update replaces this one. It is judged again if the tag comes back. */
async function recordMovedOn(
  { update, environment }: ResolvedUpdate,
  digest: string,
  { store, now }: DeliverDeps,
): Promise<void> {
  await store.update(update, (record) => {
    const current = record ?? queued(update, environment.repository, now());
    const { tag } = update.image;
    const supersededBy = `${policyTag(environment, tag)}@${digest}`;
    // A pull request that a person closed has ended for good.
    if (isEnded(current) || current.code === 'pull-request-closed' || current.supersededBy === supersededBy)
      return undefined;
    const details = { code: 'tag-moved', reason: `the registry moved ${tag} to ${digest}`, supersededBy } as const;
    return moveTo(current, 'rejected', details, now());
  });
}

/**
 * Learns the build behind the image as the registry has it now, and whether `from` takes it: labels are of the digest,
 * and a build that is still unknown may be known by the next delivery.
 *
 * @throws {Failure} `build-unknown`, `build-refused`; retryable where `from` needs what could not be asked
 */
async function checkBuild(
  { update, environment }: ResolvedUpdate,
  { findOrigin, store, now }: DeliverDeps,
): Promise<void> {
  const hint = findOrigin && (await hintOf(update, store));
  const found = await findOrigin?.(update.image, environment, hint);
  if (found?.isComplete === true && (hint ?? found.build ?? found.source)) {
    await store.update(update, (current) =>
      withOrigin(current ?? queued(update, environment.repository, now()), found, now()),
    );
  }
  const build = found?.build?.trusted === true ? found.build : undefined;
  const verdict = takesBuild(environment.from, build);
  if (verdict.taken) return;
  const reasons = verdict.code === 'build-unknown' ? (found?.reasons ?? []) : [];
  throw new Failure(
    verdict.code,
    [`${formatImageReference(update.image)} is not taken: ${verdict.reason}`, ...reasons].join('; '),
    { place: { route: update.route, environment: environment.name } },
  );
}

/** The build that the record of an update, or of the one that it replays, knows: a service hook named it, or an earlier delivery found it. */
async function hintOf(update: TagUpdate, store: DeploymentStore): Promise<KnownBuild | undefined> {
  const ids = [...new Set([update.id, jobOf(update)])];
  const records = await Promise.all(ids.map((id) => store.find({ ...update, id })));
  const builds = records.flatMap((record) => record?.build ?? []);
  return builds.find(({ trusted }) => trusted) ?? builds[0];
}
