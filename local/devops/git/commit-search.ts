import type { BareRepository } from '../store/bare-repository.ts';
import { fromEntryName } from '../store/tree.ts';
import { invalidArgument } from '../server/service-error.ts';
import { parseItemPath } from './item-path.ts';
import { resolveVersion } from './version.ts';
import type { VersionDescriptor } from './version.ts';

/** Which commits are listed. Dates are ISO 8601. */
export interface CommitSearch {
  readonly itemVersion: VersionDescriptor;
  readonly compareVersion: VersionDescriptor;
  readonly itemPath?: string | undefined;
  readonly author?: string | undefined;
  readonly committer?: string | undefined;
  readonly fromDate?: string | undefined;
  readonly toDate?: string | undefined;
  readonly firstParent?: boolean;
  readonly oldestFirst?: boolean;
  readonly skip: number;
  readonly top: number;
}

/** Ids of the commits that `itemVersion` holds and `compareVersion` does not, newest first. */
export async function searchCommits(bare: BareRepository, search: CommitSearch): Promise<string[]> {
  const { commitId } = await resolveVersion(bare, search.itemVersion);
  const without =
    search.compareVersion.version === undefined ? [] : [(await resolveVersion(bare, search.compareVersion)).commitId];
  const path = parseItemPath(search.itemPath ?? '/', 'itemPath').map(fromEntryName);
  const args = [
    'rev-list',
    `--max-count=${search.top}`,
    `--skip=${search.skip}`,
    ...option('since', dateOption(search.fromDate, 'fromDate')),
    ...option('until', dateOption(search.toDate, 'toDate')),
    ...(search.author === undefined && search.committer === undefined
      ? []
      : ['--fixed-strings', '--regexp-ignore-case']),
    ...option('author', search.author),
    ...option('committer', search.committer),
    ...(search.firstParent === true ? ['--first-parent'] : []),
    ...(search.oldestFirst === true ? ['--reverse'] : []),
    commitId,
    ...without.map((id) => `^${id}`),
    '--',
    ...(path.length === 0 ? [] : [path.join('/')]),
  ];
  return (await bare.git(args)).split('\n').filter((line) => line !== '');
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

/** Seconds since 1970, which Git reads without guessing. */
function dateOption(text: string | undefined, parameter: string): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(/(?:z|[+-]\d\d:?\d\d|gmt)$/i.test(text) ? text : `${text}Z`).getTime();
  if (Number.isNaN(time)) throw invalidArgument(`'${text}' is not a date such as 2026-11-20T10:00:00Z.`, parameter);
  return String(Math.floor(time / 1000));
}
