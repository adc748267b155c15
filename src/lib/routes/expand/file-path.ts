const maxLength = 1024;

/** The problem of a file path: it must not leave the repository or enter `.git`; `undefined` if it is valid. */
export function filePathProblem(path: string): string | undefined {
  if (path.startsWith('/'))
    return 'begins with `/`; expected a path from the root of the repository, such as `apps/values.yaml`';
  if (path.includes('\\')) return 'has a backslash; expected `/` between folders';
  if (/[\p{Cc}\p{Cf}]/u.test(path)) return 'has a control character';
  if (path.length > maxLength) return `has ${path.length} characters; expected at most ${maxLength}`;
  const segments = path.split('/');
  if (segments.includes('..') || segments.includes('.'))
    return 'has `.` or `..` as a part; expected a plain path within the repository';
  if (segments.includes('')) return 'has an empty part; expected a file path';
  // Windows and macOS also resolve these names to `.git`.
  if (segments.some((segment) => /^(?:\.git[ .]*|git~1)(?:::?.*)?$/i.test(segment))) return 'enters the folder `.git`';
  return undefined;
}
