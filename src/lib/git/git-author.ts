/** Who makes the commits on Git hosts. */
export interface GitAuthor {
  readonly name: string;
  readonly email: string;
}

/**
 * The default: the name of the app, and a mail address without an owner, so that no host attributes the commits to
 * a person. Hosts that check addresses need the setting.
 */
const defaultAuthor: GitAuthor = { name: 'tagrelay', email: 'tagrelay@localhost' };

/** Reads `GIT_AUTHOR`, in the form in which Git shows authors: `Name <mail@contoso.com>`. */
export function readGitAuthor(text: string | undefined, report: (setting: string, message: string) => void): GitAuthor {
  if (text === undefined) return defaultAuthor;
  const [, name, email] = /^([^<>\p{Cc}]*[^<>\s\p{Cc}]) <([^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+)>$/u.exec(text) ?? [];
  if (name !== undefined && email !== undefined) return { name, email };
  report(
    'GIT_AUTHOR',
    `${JSON.stringify(text)} names no author; expected a name and a mail address, such as tagrelay <tagrelay@contoso.com>`,
  );
  return defaultAuthor;
}
