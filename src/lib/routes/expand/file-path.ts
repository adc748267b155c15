const maxLength = 1024;

/** What is wrong with a file's path in a repository, if anything: it never leaves it, nor enters Git's own folder. */
export function filePathProblem(path: string): string | undefined {
  if (path.startsWith('/'))
    return 'begins with `/`; expected a path from the root of the repository, such as `apps/values.yaml`';
  if (path.includes('\\')) return 'has a backslash; expected `/` between folders';
  if (/[\p{Cc}\p{Cf}]/u.test(path)) return 'has a control character';
  if (path.length > maxLength) return `has ${path.length} characters; expected at most ${maxLength}`;
  const segments = path.split('/');
  if (segments.includes('..') || segments.includes('.'))
    return 'leaves its folder by `.` or `..`; expected a plain path within the repository';
  if (segments.includes('')) return 'has an empty part; expected the path of a file';
  // Windows and macOS read these as `.git` as well.
  if (segments.some((segment) => /^(?:\.git[ .]*|git~1)(?:::?.*)?$/i.test(segment))) return "enters Git's own folder";
  return undefined;
}
