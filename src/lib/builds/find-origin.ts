import type { Clock } from '../model/clock.ts';
import type { ImageOrigin, KnownBuild } from '../model/image-origin.ts';
import { Failure } from '../model/failure.ts';
import { oneLine } from '../model/one-line.ts';
import { formatImageReference } from '../model/image-reference.ts';
import { readBuildClaim } from '../intake/build-claim.ts';
import type { BuildClaim } from '../intake/build-claim.ts';
import type { Log } from '../model/log.ts';
import type { Environment } from '../routes/route.ts';
import type { Artifact, Registry } from '../registry/registry.ts';
import type { TaggedImage } from '../model/tag-update.ts';
import type { Build, Builds } from '../model/build.ts';
import type { BuildAddress } from '../model/build.ts';
import { candidates, claimedSource } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import { isOfCollections, evaluateBuild } from './evaluate-build.ts';
import { rememberArtifacts } from './remember-artifacts.ts';

export interface FindOriginDeps {
  readonly builds: Builds;
  /** Absent where registries are not asked: then no build is trusted. */
  readonly registry?: Pick<Registry, 'inspect'>;
  /** The setting `AZURE_DEVOPS_COLLECTIONS`. */
  readonly collections: readonly string[];
  readonly log: Log;
  readonly now: Clock;
}

/** The known origin of an image. */
export interface FoundOrigin extends ImageOrigin {
  /** False where somebody who had to be asked did not answer. */
  readonly isComplete: boolean;
  /** For people: the reason why no build is trusted, one sentence for each candidate. */
  readonly reasons: readonly string[];
}

const longestMessage = 200;

export type FindOrigin = (
  image: TaggedImage,
  environment: Pick<Environment, 'build' | 'from' | 'repository'>,
  /** The build that a service hook named. */
  hint?: BuildAddress,
) => Promise<FoundOrigin>;

/**
 * Finds the build behind an image in the registry. A missing build is not a failure. Neither is a host without an answer, unless `from`
 * needs the answer.
 *
 * @throws {Failure} where `from` is set: retryable ones of the registry and of Azure DevOps
 */
export function makeFindOrigin({ registry, ...others }: FindOriginDeps): FindOrigin {
  const deps = registry ? { ...others, registry: rememberArtifacts(registry, others.now) } : others;
  return async (image, environment, hint) => {
    try {
      return await findOrigin(image, environment, hint, deps);
    } catch (error) {
      if (!(error instanceof Failure) || (environment.from && error.kind === 'retryable')) throw error;
      deps.log('warn', 'origin-not-found', {
        image: formatImageReference(image),
        code: error.code,
        reason: error.message,
      });
      return { isComplete: false, reasons: [error.message] };
    }
  };
}

async function findOrigin(
  image: TaggedImage,
  environment: Pick<Environment, 'build' | 'repository'>,
  hint: BuildAddress | undefined,
  deps: FindOriginDeps,
): Promise<FoundOrigin> {
  const artifact = deps.registry && (await inspect(image, deps.registry));
  const claim = artifact && readBuildClaim({ ...artifact.annotations, ...artifact.labels });
  const reasons: string[] = [];
  const refuted: Build[] = [];
  let plausible: Build | undefined;
  for (const candidate of candidates(image.tag, environment, hint, claim, deps.collections)) {
    const build = await readCandidate(candidate, environment, deps);
    if (typeof build === 'string') {
      reasons.push(build);
      continue;
    }
    const seen = { tag: image.tag, createdOn: artifact?.createdOn };
    const evaluation = evaluateBuild(build, environment, seen, deps.collections);
    if (evaluation.kind === 'trusted') {
      return { ...(await withSourceCommit(build, true, deps)), isComplete: true, reasons: [] };
    }
    reasons.push(`build ${build.id} of ${build.project} (by ${candidate.by}): ${evaluation.reason}`);
    if (evaluation.kind === 'plausible') plausible ??= build;
    else refuted.push(build);
  }
  if (plausible) return { ...(await withSourceCommit(plausible, false, deps)), isComplete: true, reasons };
  if (reasons.length === 0) reasons.push(whyNothing(deps));
  return { ...sourceOf(claim, refuted), isComplete: true, reasons };
}

/** An artifact that was found before is looked up again only briefly: a replica may lag. */
async function inspect(image: TaggedImage, registry: Pick<Registry, 'inspect'>): Promise<Artifact> {
  const artifact = await registry.inspect(image);
  if (artifact) return artifact;
  throw new Failure(
    'registry-content-missing',
    `${formatImageReference(image)} was in its registry and cannot be read from there. A replica may still be catching up; else it was deleted.`,
  );
}

/** The build, or why there is none. */
async function readCandidate(
  candidate: Candidate,
  environment: Pick<Environment, 'build' | 'repository'>,
  { builds, collections }: FindOriginDeps,
): Promise<Build | string> {
  const { collection, project } = 'address' in candidate ? candidate.address : candidate.numbered;
  const name = 'address' in candidate ? `build ${candidate.address.id}` : `build number ${candidate.numbered.number}`;
  if (!isOfCollections(collection, environment, collections)) {
    return `${name} (by ${candidate.by}) is of ${collection}, which is neither the route's nor named in AZURE_DEVOPS_COLLECTIONS`;
  }
  try {
    const build =
      'address' in candidate ? await builds.get(candidate.address) : await builds.findByNumber(candidate.numbered);
    return build ?? `${name} (by ${candidate.by}) is not in ${collection}/${project}, or the app may not see it`;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'retryable') throw error;
    return `${name} (by ${candidate.by}) could not be read: ${error.message}`;
  }
}

/** The fields of a build, and of its source, in a record. */
export function originOf(build: Build, trusted: boolean): ImageOrigin & { readonly build: KnownBuild } {
  const { collection, project, id, number, url, definition, repository, sourceBranch, sourceVersion, reason } = build;
  const source = repository?.url;
  return {
    build: {
      collection,
      project,
      id,
      number,
      url,
      definition,
      ...(source !== undefined && { repository: source }),
      sourceBranch,
      sourceVersion,
      reason,
      ...(build.queuedAt && { queuedAt: build.queuedAt.toISOString() }),
      ...(build.targetBranch !== undefined && { targetBranch: build.targetBranch }),
      trusted,
    },
    source: {
      ...(source !== undefined && { repository: source }),
      ...(sourceVersion !== '' && { commit: sourceVersion }),
    },
  };
}

/** The origin with time and message of the source commit. Without an answer of its host, they are unknown. */
async function withSourceCommit(build: Build, trusted: boolean, { builds, log }: FindOriginDeps): Promise<ImageOrigin> {
  const origin = originOf(build, trusted);
  try {
    const commit = await builds.readSourceCommit(build);
    if (!commit) return origin;
    const message = oneLine(commit.message.split('\n', 1)[0] ?? '', longestMessage);
    const committedAt = commit.committedAt.toISOString();
    return { ...origin, source: { ...origin.source, committedAt, ...(message !== '' && { message }) } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log('info', 'source-commit-not-read', { build: build.url, code: error.code, reason: error.message });
    return origin;
  }
}

function sourceOf(claim: BuildClaim | undefined, refuted: readonly Build[]): Pick<ImageOrigin, 'source'> {
  const source = claimedSource(claim, ({ buildId, collection }) =>
    refuted.some((build) => build.id === buildId && build.collection.toLowerCase() === collection.toLowerCase()),
  );
  return source ? { source } : {};
}

function whyNothing({ registry }: FindOriginDeps): string {
  if (!registry) return 'registries are not asked (VERIFY_IMAGE is false), and no service hook has named a build';
  return 'neither a service hook, nor the tag, nor the labels of the image name a build';
}
