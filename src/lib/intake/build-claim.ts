import { projectPattern } from '../net/build-url.ts';
import { canonicalCollection, isLoopback, parseRepositoryUrl } from '../net/repository-url.ts';
import { withoutUser } from './without-user.ts';

/** A build that an image claims. */
export interface ClaimedBuild {
  /** Canonical URL of the Azure DevOps organization or collection. */
  readonly collection: string;
  /** Name of the project. */
  readonly project: string;
  readonly buildId: number;
  readonly buildNumber?: string;
  readonly source: ClaimedSource;
}

/** The source that an image claims. */
export interface ClaimedSource {
  /** Canonical URL of the repository. */
  readonly repository?: string;
  /** Git commit, in lower case. */
  readonly revision?: string;
}

/**
 * The origin that an image's labels claim. A claim by the pusher: it counts once the build has been
 * read from Azure DevOps. An image inherits the labels of its base image, so a claim may be the base image's.
 */
export interface BuildClaim {
  /** One per prefix of labels, as an image and its base may have been built on different hosts. */
  readonly builds: readonly ClaimedBuild[];
  /** By the labels that the OCI image specification names; empty where it has none. */
  readonly source: ClaimedSource;
}

type Labels = Readonly<Record<string, string>>;

const buildUriSuffix = '.image.build.builduri';
const buildUriPattern = /^vstfs:\/\/\/Build\/Build\/([1-9]\d{0,9})$/i;
const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
const buildNumberPattern = /^[^\p{C}"/:<>\\|?@*]{1,255}$/u;

/**
 * Reads the labels that the pipeline task `Docker@2` writes (`com.azure.dev.image.build.builduri` and its like; the
 * prefix is the reversed host of the collection) and `org.opencontainers.image.revision` and `.source`. Values without
 * the expected form are discarded; user names and passwords in URLs are dropped.
 */
export function readBuildClaim(labels: Labels): BuildClaim {
  const builds = Object.keys(labels)
    .filter((name) => name.endsWith(buildUriSuffix))
    .sort()
    .flatMap((name) => readBuild(labels, name.slice(0, -buildUriSuffix.length)) ?? []);
  const prefix = 'org.opencontainers.image';
  return { builds, source: readSource(labels[`${prefix}.source`], labels[`${prefix}.revision`]) };
}

function readBuild(labels: Labels, prefix: string): ClaimedBuild | undefined {
  const label = (name: string): string | undefined => labels[`${prefix}.image.${name}`];
  const buildId = buildUriPattern.exec(label('build.builduri') ?? '')?.[1];
  const collection = readCollection(label('system.teamfoundationcollectionuri'));
  const project = label('system.teamproject') ?? '';
  if (buildId === undefined || collection === undefined || !projectPattern.test(project)) return undefined;
  const buildNumber = label('build.buildnumber') ?? '';
  return {
    collection,
    project,
    buildId: Number(buildId),
    ...(buildNumberPattern.test(buildNumber) ? { buildNumber } : {}),
    source: readSource(label('build.repository.uri'), label('build.sourceversion')),
  };
}

function readSource(repository: string | undefined, revision: string | undefined): ClaimedSource {
  const url = readRepository(repository);
  const isCommit = revision !== undefined && commitPattern.test(revision);
  return {
    ...(url === undefined ? {} : { repository: url }),
    ...(isCommit ? { revision: revision.toLowerCase() } : {}),
  };
}

function readRepository(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const address = parseRepositoryUrl(withoutUser(text.trim()));
  return 'url' in address ? address.url : undefined;
}

function readCollection(text: string | undefined): string | undefined {
  const canonical = canonicalCollection(withoutUser(text?.trim() ?? ''));
  if (canonical === undefined) return undefined;
  return canonical.startsWith('https://') || isLoopback(new URL(canonical)) ? canonical : undefined;
}
