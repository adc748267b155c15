import { parseRepositoryUrl } from '../lib/net/repository-url.ts';

/** Reads a clone URL as Git has it: also of SSH, and without the user and token that it may hold. */
export function parseCloneUrl(
  text: string,
  collections: readonly string[] = [],
): ReturnType<typeof parseRepositoryUrl> {
  return parseRepositoryUrl(overHttps(withoutUser(text)), collections);
}

export function withoutUser(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}

/** `git@host:team/repo.git` and `ssh://git@host:22/team/repo.git`; Azure DevOps has a form of its own. */
function overHttps(text: string): string {
  if (/@(?:ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com)[:/]/i.test(text)) return text;
  const [, host, path] =
    /^ssh:\/\/(?:[^@/]+@)?([^:/]+)(?::\d+)?\/(.+)$/i.exec(text) ??
    /^[^@/:\s]+@([^:/\s]+):(?!\/\/)(.+)$/.exec(text) ??
    [];
  return host === undefined || path === undefined ? text : `https://${host}/${path}`;
}
