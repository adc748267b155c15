import { GitVersionOptions, GitVersionType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { BareRepository } from '../store/bare-repository.ts';
import type { CommitContent } from '../store/commit.ts';
import { isObjectId } from '../store/object-id.ts';
import type { Query } from '../server/query.ts';
import { invalidArgument, ServiceError } from '../server/service-error.ts';

/** A version as a request names it; enums by name or number. */
export interface VersionDescriptor {
  readonly version?: string | undefined;
  readonly versionType?: string | number | undefined;
  readonly versionOptions?: string | number | undefined;
}

/** The commit that a version stands for. */
export interface Version {
  readonly commitId: string;
  readonly commit: CommitContent;
}

const versionTypes = { branch: GitVersionType.Branch, tag: GitVersionType.Tag, commit: GitVersionType.Commit };
const versionOptions = { none: GitVersionOptions.None, firstParent: GitVersionOptions.FirstParent };

/** Reads `<prefix>.version`, `<prefix>.versionType` and `<prefix>.versionOptions`, or the same without prefix. */
export function versionFromQuery(query: Query, ...prefixes: readonly string[]): VersionDescriptor {
  const read = (name: string): string | undefined => query.text(...prefixes.map((prefix) => `${prefix}${name}`));
  return { version: read('version'), versionType: read('versionType'), versionOptions: read('versionOptions') };
}

/**
 * Resolves a version; without one, the default branch. Throws `GitUnresolvableToCommitException` (404) where the
 * branch, tag or commit does not exist. A branch is named without `refs/heads/`.
 */
export async function resolveVersion(bare: BareRepository, descriptor: VersionDescriptor): Promise<Version> {
  const commitId = await findCommit(bare, descriptor);
  const commit = commitId === undefined ? undefined : await bare.readCommit(commitId);
  if (commitId === undefined || commit === undefined) throw unresolvable(descriptor);
  if (
    readEnum(versionOptions, descriptor.versionOptions, 'versionOptions', GitVersionOptions.None) ===
    GitVersionOptions.None
  ) {
    return { commitId, commit };
  }
  const [parentId] = commit.parents;
  if (parentId === undefined) throw unresolvable(descriptor);
  return resolveVersion(bare, { version: parentId, versionType: GitVersionType.Commit });
}

async function findCommit(
  bare: BareRepository,
  { version, versionType }: VersionDescriptor,
): Promise<string | undefined> {
  const type = readEnum(versionTypes, versionType, 'versionType', GitVersionType.Branch);
  if (type === GitVersionType.Commit) {
    const id = version?.toLowerCase() ?? '';
    return isObjectId(id) ? bare.peelToCommit(id) : undefined;
  }
  const folder = type === GitVersionType.Tag ? 'refs/tags/' : 'refs/heads/';
  const name = version === undefined ? await bare.readDefaultBranch() : `${folder}${version}`;
  const id = name === undefined ? undefined : await bare.readRef(name);
  return id === undefined ? undefined : bare.peelToCommit(id);
}

function unresolvable({ version, versionType }: VersionDescriptor): ServiceError {
  return new ServiceError(
    'GitUnresolvableToCommitException',
    `TF401175: The version descriptor <${versionType ?? 'branch'}: ${version ?? 'default'}> could not be resolved to a version in the repository`,
  );
}

/** Reads an enum by name (in any case) or number, as the service does. Throws a `ServiceError` for anything else. */
export function readEnum<T extends number>(
  names: Readonly<Record<string, T>>,
  given: string | number | undefined,
  parameter: string,
  fallback?: T,
): T {
  if (given === undefined && fallback !== undefined) return fallback;
  const text = String(given).toLowerCase();
  const found = Object.entries(names).find(([name, value]) => name.toLowerCase() === text || String(value) === text);
  if (found !== undefined) return found[1];
  throw invalidArgument(`The value '${given}' is not one of ${Object.keys(names).join(', ')}.`, parameter);
}
