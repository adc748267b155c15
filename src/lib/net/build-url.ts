import { canonicalCollection, isLoopback } from './repository-url.ts';
import type { BuildAddress } from '../model/build.ts';
import { tryParseUrl } from './url.ts';

/**
 * Reads the URL of a build or run: its page (`…/_build/results?buildId=7`), or of the API (`…/_apis/build/Builds/7`,
 * `…/_apis/pipelines/1/runs/7`). `undefined` where it is none, or names no project.
 */
export function buildAddressOf(text: string): BuildAddress | undefined {
  const url = tryParseUrl(text);
  if (!url) return undefined;
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const at = segments.findIndex((segment) => segment === '_build' || segment === '_apis');
  const place = at < 0 ? undefined : projectOf(url, segments.slice(0, at));
  const last = segments.at(-1) ?? '';
  const id = segments[at] === '_build' ? (url.searchParams.get('buildId') ?? last) : last;
  return place && buildIdPattern.test(id) ? { ...place, id: Number(id) } : undefined;
}

/** Ids of builds are positive 32-bit integers. */
export const buildIdPattern = /^[1-9]\d{0,9}$/;

/** Page of a build, for people. */
export function buildPage({ collection, project, id }: BuildAddress): string {
  return `${collection}/${encodeURIComponent(project)}/_build/results?buildId=${id}`;
}

function projectOf(url: URL, before: readonly string[]): Omit<BuildAddress, 'id'> | undefined {
  const encoded = before.at(-1);
  const collection = canonicalCollection(`${url.protocol}//${url.host}/${before.slice(0, -1).join('/')}`);
  if (encoded === undefined || collection === undefined) return undefined;
  if (!collection.startsWith('https://') && !isLoopback(url)) return undefined;
  const project = decode(encoded);
  return project === undefined || !projectPattern.test(project) ? undefined : { collection, project };
}

/** Naming restrictions of Azure DevOps projects; none is a step in a path. */
export const projectPattern = /^(?![._])(?!.*\.$)[^\p{C}\\/:*?"'<>|;#$*{},+=[\]]{1,64}$/u;

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
