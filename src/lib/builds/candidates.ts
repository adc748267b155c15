import { parseRepositoryUrl } from '../net/repository-url.ts';
import type { BuildClaim, ClaimedBuild } from '../intake/build-claim.ts';
import type { Environment } from '../routes/route.ts';
import { readBuildTag } from './build-tag.ts';
import type { NumberedBuild } from '../model/build.ts';
import type { BuildAddress } from '../model/build.ts';

/** A possible build of an image, by its id or its number. */
export type Candidate =
  | { readonly by: 'service hook' | 'tag' | 'label'; readonly address: BuildAddress }
  | { readonly by: 'tag'; readonly numbered: NumberedBuild };

/** An image may have labels of its base image, and of that one's base. */
const maxLabelled = 3;

/** The builds to be asked for, in the order in which they are believed: service hook, tag, labels. */
export function candidates(
  tag: string,
  environment: Pick<Environment, 'build' | 'repository'>,
  hint: BuildAddress | undefined,
  claim: BuildClaim | undefined,
  collections: readonly string[],
): readonly Candidate[] {
  const labelled = (claim?.builds ?? []).slice(0, maxLabelled).map(({ collection, project, buildId }): Candidate => ({
    by: 'label',
    address: { collection, project, id: buildId },
  }));
  const all: readonly Candidate[] = [
    ...(hint ? [{ by: 'service hook', address: hint } as const] : []),
    ...byTag(tag, environment, collections),
    ...labelled,
  ];
  return all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index);
}

function isSame(one: Candidate, other: Candidate): boolean {
  if ('numbered' in one || 'numbered' in other) return one === other;
  const { address: a } = one;
  const { address: b } = other;
  return a.id === b.id && a.collection.toLowerCase() === b.collection.toLowerCase();
}

/** A tag names no project: it is that of `build.repository`, else that of the GitOps repository. */
function byTag(
  tag: string,
  { build, repository }: Pick<Environment, 'build' | 'repository'>,
  collections: readonly string[],
): readonly Candidate[] {
  const claim = build?.tag === undefined ? undefined : readBuildTag(build.tag, tag);
  const place = projectOf(build?.repository, collections) ?? projectOf(repository, collections);
  if (!claim || !place) return [];
  const { buildId, buildNumber } = claim;
  if (buildId !== undefined) return [{ by: 'tag', address: { ...place, id: buildId } }];
  if (buildNumber === undefined) return [];
  const definition = build?.definition;
  return [{ by: 'tag', numbered: { ...place, number: buildNumber, ...(definition !== undefined && { definition }) } }];
}

function projectOf(
  url: string | undefined,
  collections: readonly string[],
): { readonly collection: string; readonly project: string } | undefined {
  const address = url === undefined ? undefined : parseRepositoryUrl(url, collections);
  if (!address || !('kind' in address) || address.kind !== 'azure-repos') return undefined;
  return { collection: address.collection, project: address.project };
}

/** The source that the labels claim, if no build is known; only claims of builds that could not be read count. */
export function claimedSource(
  claim: BuildClaim | undefined,
  isRefuted: (build: ClaimedBuild) => boolean,
): { readonly repository?: string; readonly commit?: string } | undefined {
  const builds = (claim?.builds ?? []).filter((build) => !isRefuted(build)).map(({ source }) => source);
  const sources = claim ? [...builds, claim.source] : [];
  const found = sources.find(({ revision }) => revision !== undefined) ?? sources.find(({ repository }) => repository);
  if (!found) return undefined;
  const { repository, revision } = found;
  return { ...(repository !== undefined && { repository }), ...(revision !== undefined && { commit: revision }) };
}
