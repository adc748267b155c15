import type { Platform } from './platform.ts';

/** The target of a URL's path within an organization. */
export interface Target {
  readonly organization: string;
  /** Name or id. */
  readonly project: string | undefined;
  readonly kind: 'api' | 'git';
  /** The segments after `_apis` or `_git`, decoded. */
  readonly segments: readonly string[];
}

/**
 * Takes a path apart: `/{organization}[/{project}]/_apis/…` or `…/_git/…`. An organization may have a path of its own in
 * front, as Azure DevOps Server has. `undefined` where nothing is there, or the path cannot be decoded.
 */
export function findTarget(platform: Platform, pathname: string): Target | undefined {
  const segments = decodeSegments(pathname);
  const marker = segments.findIndex((segment) => segment === '_apis' || segment === '_git');
  const before = segments.slice(0, marker);
  const organization = marker < 0 ? undefined : platform.findOrganization(before);
  if (organization === undefined) return undefined;
  const [project, ...more] = before.slice(organization.split('/').length);
  if (more.length > 0) return undefined;
  return {
    organization,
    project,
    kind: segments[marker] === '_apis' ? 'api' : 'git',
    segments: segments.slice(marker + 1),
  };
}

function decodeSegments(pathname: string): string[] {
  try {
    return pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return [];
  }
}
