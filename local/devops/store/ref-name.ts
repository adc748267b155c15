/** Whether Git takes this as the full name of a ref: the rules of `git check-ref-format`, one by one. */
export function isRefName(name: string): boolean {
  if (!name.startsWith('refs/') || name.endsWith('/') || name.endsWith('.')) return false;
  if (/\.\.|@\{|[~^:?*[\\\p{Cc} ]/u.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/** Whether one of two refs would have to be a file where the other needs a folder: `refs/heads/a` and `refs/heads/a/b`. */
export function refNamesConflict(a: string, b: string): boolean {
  return a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
