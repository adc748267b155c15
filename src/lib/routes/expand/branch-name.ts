/** What is wrong with a branch's name, by `git check-ref-format`, if anything. */
export function branchNameProblem(name: string): string | undefined {
  if (name.startsWith('refs/')) return 'begins with `refs/`; expected the name alone, such as `main`';
  if (name.length > 200) return 'is longer than 200 characters';
  const isBad =
    /[\p{Cc} ~^:?*[\\]/u.test(name) ||
    /\.\.|@\{|\/\/|^[/.-]|\/\.|[/.]$|\.lock(?:\/|$)/.test(name) ||
    name === '@' ||
    name === 'HEAD';
  return isBad ? "is no branch name by Git's rules" : undefined;
}
