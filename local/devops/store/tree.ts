/** One entry of a tree. Names are bytes in Git; here each byte is one character (`latin1`), so none is lost. */
export interface TreeEntry {
  /** As Git writes it: `40000`, `100644`, `100755`, `120000`, `160000`. */
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

export const folderMode = '40000';
export const fileMode = '100644';
export const symlinkMode = '120000';
export const submoduleMode = '160000';

/** The UTF-8 spelling of a path segment, as an entry's name. */
export function toEntryName(segment: string): string {
  return Buffer.from(segment, 'utf8').toString('latin1');
}

export function fromEntryName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(0x20, at);
    const nul = content.indexOf(0x00, space);
    entries.push({
      mode: content.toString('latin1', at, space),
      name: content.toString('latin1', space + 1, nul),
      id: content.toString('hex', nul + 1, nul + 21),
    });
    at = nul + 21;
  }
  return entries;
}

/** Sorts as Git does: byte by byte, a folder's name as if it ended in `/`. */
export function formatTree(entries: Iterable<TreeEntry>): Buffer {
  const key = (entry: TreeEntry): string => (entry.mode === folderMode ? `${entry.name}/` : entry.name);
  const sorted = [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(id, 'hex')]),
  );
}
