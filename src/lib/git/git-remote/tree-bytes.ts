/** An entry of a tree object: `<mode> <name>\0<20 bytes of id>`. */
export interface TreeEntry {
  /** The stored mode, such as `100755`, `40000`, `120000` (link), `160000` (submodule). */
  readonly mode: string;
  readonly id: string;
  /** Where the bytes of the id begin. */
  readonly idAt: number;
}

const idLength = 20;
const space = 0x20;

export interface NamedTreeEntry extends TreeEntry {
  readonly name: string;
}

/** The entry of that name; names are compared as bytes. */
export function findTreeEntry(tree: Buffer, name: string): TreeEntry | undefined {
  const wanted = Buffer.from(name, 'utf8');
  for (const { nameBytes, ...entry } of entriesOf(tree)) if (nameBytes.equals(wanted)) return entry;
  return undefined;
}

/** The entries whose names are UTF-8. */
export function readTreeEntries(tree: Buffer): readonly NamedTreeEntry[] {
  return Array.from(entriesOf(tree), ({ nameBytes, ...entry }) => ({
    ...entry,
    name: nameBytes.toString('utf8'),
  })).filter(({ name }) => !name.includes('\uFFFD'));
}

function* entriesOf(tree: Buffer): Generator<TreeEntry & { readonly nameBytes: Buffer }> {
  for (let at = 0; at < tree.length;) {
    const nameAt = tree.indexOf(space, at) + 1;
    const nameEnd = tree.indexOf(0, nameAt);
    if (nameAt === 0 || nameEnd < 0) return;
    const idAt = nameEnd + 1;
    yield {
      mode: tree.toString('latin1', at, nameAt - 1),
      id: tree.toString('hex', idAt, idAt + idLength),
      idAt,
      nameBytes: tree.subarray(nameAt, nameEnd),
    };
    at = idAt + idLength;
  }
}

/**
 * The tree with one object replaced. Everything else keeps its bytes: modes, and names that are not
 * UTF-8, which a tree that is read and written again would lose.
 */
export function replaceTreeEntry(tree: Buffer, entry: TreeEntry, id: string): Buffer {
  const changed = Buffer.from(tree);
  changed.write(id, entry.idAt, idLength, 'hex');
  return changed;
}

/** A directory: Git writes the mode without a zero in front, some old tools with one. */
export function isTree({ mode }: TreeEntry): boolean {
  return mode === '40000' || mode === '040000';
}

/** A file, and neither a folder nor a link nor a submodule. */
export function isFile({ mode }: TreeEntry): boolean {
  return mode.startsWith('100');
}

export function isSubmodule({ mode }: TreeEntry): boolean {
  return mode === '160000';
}
