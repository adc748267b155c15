import type { Clock } from '../model/clock.ts';
import type { Build, Builds } from '../model/build.ts';
import type { BuildAddress } from '../model/build.ts';
import { originOf } from '../builds/find-origin.ts';
import type { ImageOrigin } from '../model/image-origin.ts';
import { Failure } from '../model/failure.ts';
import { believableTime } from '../intake/believable-time.ts';
import { knownCollections } from '../routes/check/known-collections.ts';
import { requireComplete } from '../routes/require-complete.ts';
import type { RouteTable } from '../routes/route.ts';
import { matchesGlob } from '../routes/match/glob.ts';
import { routeBuild } from './plan/route-build.ts';
import type { BuiltImage, OpenImage } from './plan/route-build.ts';
import { routeImage } from './plan/route-image.ts';
import type { ListedTag, Registry, TagLister, TagState } from '../registry/registry.ts';
import type { TaggedImage, TagUpdate } from '../model/tag-update.ts';

export interface UpdatesOfBuildDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly builds: Pick<Builds, 'get'>;
  /** Absent where registries are not asked: then the build's success counts. */
  readonly registry?: Pick<Registry, 'lookUp'> & TagLister;
  /** The setting `AZURE_DEVOPS_COLLECTIONS`. */
  readonly collections: readonly string[];
  readonly now: Clock;
}

/** The updates of a build that a service hook named. */
export type UpdatesOfBuild =
  | { readonly kind: 'ignored'; readonly reason: string }
  | {
      readonly kind: 'build';
      readonly origin: ImageOrigin;
      /** With the URL of the repository that each goes to. */
      readonly updates: readonly { readonly update: TagUpdate; readonly repository: string }[];
      /** Environments that get none. */
      readonly skipped: readonly {
        readonly route: string;
        readonly environment: string;
        readonly code: string;
        readonly reason: string;
      }[];
      /** Images that the build may have made and that the registry does not have. */
      readonly absent: readonly { readonly image: TaggedImage; readonly reason: string }[];
    };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };

/**
 * The tag updates of a build: it is read from Azure DevOps, and the images whose tag follows from it from their registry.
 * A build that still runs may have pushed its image and wait for the deployment; then the registry has to say so.
 *
 * @throws {Failure} retryable where Azure DevOps or a registry does not answer; `permission-denied`
 */
export async function updatesOfBuild(address: BuildAddress, deps: UpdatesOfBuildDeps): Promise<UpdatesOfBuild> {
  const { collections, builds, registry } = deps;
  const table = await deps.routes();
  // A caller with the key can name any collection: credentials go only to those that routes or the operator name.
  if (!knownCollections(table, collections).has(address.collection.toLowerCase())) {
    requireComplete(table);
    return { kind: 'ignored', reason: 'collection-unknown' };
  }
  const build = await builds.get(address);
  if (!build) return { kind: 'ignored', reason: 'build-not-found' };
  if (build.result !== undefined && build.result !== 'succeeded') return { kind: 'ignored', reason: 'not-succeeded' };
  if (build.result === undefined && !registry) return { kind: 'ignored', reason: 'still-running' };
  const { images, open, skipped } = routeBuild(table, build, collections);
  if (images.length + open.length === 0) requireComplete(table);
  const found: Found = {
    kind: 'build',
    origin: originOf(build, false),
    updates: [],
    skipped: [...skipped],
    absent: [],
  };
  const awaitReplicas = build.result !== undefined;
  await Promise.all(
    images.map(async (built) => {
      const state = registry && (await lookUp(built.image, registry, awaitReplicas));
      if (typeof state === 'string') found.absent.push({ image: built.image, reason: state });
      else addUpdates(found, built, state, build.finishedAt ?? deps.now(), table, deps.now());
    }),
  );
  await Promise.all(
    open.map(async (one) => {
      const listed = await pushedBy(build, one, registry);
      if (typeof listed === 'string') skip(found, one, 'tag-open', listed);
      else
        for (const { tag, ...state } of listed)
          addUpdates(found, { ...one, image: { ...one.image, tag } }, state, state.lastUpdateTime, table, deps.now());
    }),
  );
  return found;
}

/** How long after a build has finished the registry may say that a tag was pushed: the two have clocks of their own. */
const clockToleranceMs = 5 * 60 * 1000;
/** Tags that are read at most; a busy repository may have had more since the build began. */
const maxListed = 500;

/** The tags that a build may have pushed where its template leaves them open, or the reason why they are unknown. */
async function pushedBy(
  { startedAt, finishedAt }: Build,
  { image, tags }: OpenImage,
  registry: UpdatesOfBuildDeps['registry'],
): Promise<readonly ListedTag[] | string> {
  if (!registry) return `the tag is ${tags}, and registries are not asked`;
  if (!startedAt) return 'the build has not started';
  try {
    const listed = await registry.recentTags(image, { since: startedAt, limit: maxListed });
    if (!listed) return `the tag is ${tags}, and ${image.registry} does not say what was pushed while the build ran`;
    const until = finishedAt ? finishedAt.getTime() + clockToleranceMs : Infinity;
    return listed.filter(
      ({ tag, lastUpdateTime }) => lastUpdateTime.getTime() <= until && matchesGlob(tags, tag, 'name'),
    );
  } catch (error) {
    if (error instanceof Failure && error.kind === 'permanent') return error.message;
    throw error;
  }
}

/** The state of a tag in the registry, or the reason why it is unknown. */
async function lookUp(
  image: TaggedImage,
  registry: Pick<Registry, 'lookUp'>,
  awaitReplicas: boolean,
): Promise<TagState | string> {
  try {
    return (await registry.lookUp(image, { awaitReplicas })) ?? 'the registry does not have the tag';
  } catch (error) {
    // A failure of one registry delays no image of another.
    if (error instanceof Failure && error.kind === 'permanent') return error.message;
    throw error;
  }
}

type Found = Mutable<Extract<UpdatesOfBuild, { kind: 'build' }>>;

function skip(found: Found, { route, environments }: OpenImage, code: string, reason: string): void {
  for (const environment of environments) found.skipped.push({ route, environment, code, reason });
}

function addUpdates(
  found: Found,
  { image, route, environments }: BuiltImage,
  state: TagState | undefined,
  finishedAt: Date,
  table: RouteTable,
  now: Date,
): void {
  const current = { ...image, ...(state && { digest: state.digest }) };
  const { updates, refused } = routeImage(table, current, believableTime(state?.lastUpdateTime ?? finishedAt, now), {
    kind: 'build',
  });
  found.updates.push(...updates.filter(({ update }) => environments.has(update.environment)));
  for (const { environment, code, reason } of refused) {
    if (environments.has(environment)) found.skipped.push({ route, environment, code, reason });
  }
}
