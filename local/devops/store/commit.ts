/** Who made a commit, and when. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970, UTC. */
  readonly seconds: number;
  /** `+0200` */
  readonly offset: string;
}

export interface CommitContent {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export function parseCommit(content: Buffer): CommitContent {
  const text = content.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const values = (key: string): string[] =>
    head.split('\n').flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []));
  return {
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: parseSignature(values('author')[0] ?? ''),
    committer: parseSignature(values('committer')[0] ?? ''),
    message: end < 0 ? '' : text.slice(end + 2),
  };
}

export function formatCommit({ tree, parents, author, committer, message }: CommitContent): Buffer {
  const head = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(author)}`,
    `committer ${formatSignature(committer)}`,
  ];
  return Buffer.from(`${head.join('\n')}\n\n${message}`, 'utf8');
}

function parseSignature(text: string): Signature {
  const [, name = '', email = '', seconds = '0', offset = '+0000'] =
    /^(.*?) ?<([^>]*)> (-?\d+) ([+-]\d{4})/.exec(text) ?? [];
  return { name, email, seconds: Number(seconds), offset };
}

function formatSignature({ name, email, seconds, offset }: Signature): string {
  return `${withoutDelimiters(name)} <${withoutDelimiters(email)}> ${seconds} ${offset}`;
}

/** Git drops these characters too; a line break in a name would otherwise start a header of its own. */
function withoutDelimiters(text: string): string {
  return text.replaceAll(/[<>\n\r\0]/g, '').trim();
}
