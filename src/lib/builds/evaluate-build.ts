import { isDefinition } from '../model/build.ts';
import { parseRepositoryUrl } from '../net/repository-url.ts';
import { matchesGlob } from '../routes/match/glob.ts';
import type { Environment } from '../routes/route.ts';
import type { Build } from '../model/build.ts';
import { fillBuildTag } from './build-tag.ts';

type Named = Pick<Environment, 'build' | 'repository'>;

/** The evaluation of a possible build of an image. */
export type BuildEvaluation =
  /** It counts for `from` and for promotion. */
  | { readonly kind: 'trusted' }
  /** Nothing contradicts it, but there is no proof that the image was pushed while it ran. */
  | { readonly kind: 'plausible'; readonly reason: string }
  | { readonly kind: 'refuted'; readonly reason: string };

/** How long after a build has finished the registry may say that it got the image: the two have clocks of their own. */
const clockToleranceMs = 5 * 60 * 1000;

/** Evaluates whether a build that was read from Azure DevOps made the image of an environment. */
export function evaluateBuild(
  build: Build,
  environment: Named,
  image: { readonly tag: string; readonly createdOn: Date | undefined },
  collections: readonly string[],
): BuildEvaluation {
  const other = isOfCollections(build.collection, environment, collections)
    ? (namesDefinition(environment, build, collections) ?? namesTag(environment, build, image.tag))
    : `its collection ${build.collection} is neither the route's nor named in AZURE_DEVOPS_COLLECTIONS`;
  if (other !== undefined) return refuted(other);
  if (build.result === 'failed' || build.result === 'canceled') return refuted(`it has ${ended[build.result]}`);
  const { startedAt, finishedAt } = build;
  if (!startedAt) return refuted('it has not started');
  const { createdOn } = image;
  if (!createdOn) return { kind: 'plausible', reason: 'the registry does not say when it got the image' };
  if (createdOn < startedAt) {
    return refuted(`the registry got the image at ${createdOn.toISOString()}, before it started`);
  }
  if (finishedAt && createdOn.getTime() > finishedAt.getTime() + clockToleranceMs) {
    return refuted(`the registry got the image at ${createdOn.toISOString()}, after it had finished`);
  }
  return { kind: 'trusted' };
}

const ended = { failed: 'failed', canceled: 'been cancelled' } as const;

function refuted(reason: string): BuildEvaluation {
  return { kind: 'refuted', reason };
}

/** Why a build is not of the definition and repository that `build` names; `undefined` where it is. */
export function namesDefinition(
  { build: named }: Pick<Named, 'build'>,
  { definition, repository }: Pick<Build, 'definition' | 'repository'>,
  collections: readonly string[],
): string | undefined {
  if (named?.definition !== undefined && !isDefinition(named.definition, definition)) {
    return `its definition is ${definition.name} (${definition.id}), and \`build\` names ${named.definition}`;
  }
  if (named?.repository !== undefined && !isRepository(named.repository, repository, collections)) {
    return `it built ${repository?.url ?? repository?.name ?? 'an unknown repository'}, and \`build\` names ${named.repository}`;
  }
  return undefined;
}

function namesTag({ build: named }: Named, build: Build, tag: string): string | undefined {
  if (named?.tag === undefined) return undefined;
  const filled = fillBuildTag(named.tag, build);
  if (filled !== undefined && matchesGlob(filled, tag, 'name')) return undefined;
  return `its tag would be ${filled ?? 'none that a registry takes'}, and the image's is ${tag}`;
}

function isRepository(named: string, repository: Build['repository'], collections: readonly string[]): boolean {
  if (!named.includes('://')) return named.toLowerCase() === repository?.name?.toLowerCase();
  const address = parseRepositoryUrl(named, collections);
  return 'key' in address && address.key === repository?.key;
}

/** Whether builds of a collection are believed: it is the route's own, or the operator's. */
export function isOfCollections(
  collection: string,
  { repository, build }: Named,
  collections: readonly string[],
): boolean {
  const own = [repository, build?.repository ?? ''].flatMap((url) => {
    const address = parseRepositoryUrl(url, collections);
    return 'kind' in address && address.kind === 'azure-repos' ? [address.collection] : [];
  });
  return [...own, ...collections].some((known) => known.toLowerCase() === collection.toLowerCase());
}
