/** The problem of a branch name by `git check-ref-format`; `undefined` if it is valid. */
export function branchNameProblem(name: string): string | undefined {
  if (name.startsWith('refs/')) return 'begins with `refs/`; expected the short name, such as `main`';
  if (name.length > 200) return 'is longer than 200 characters';
  const isBad =
    /[\p{Cc} ~^:?*[\\]/u.test(name) ||
    /\.\.|@\{|\/\/|^[/.-]|\/\.|[/.]$|\.lock(?:\/|$)/.test(name) ||
    name === '@' ||
    name === 'HEAD';
  return isBad ? 'is not a valid Git branch name' : undefined;
}
