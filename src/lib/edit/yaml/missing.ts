import type { Path } from '../../model/value-path.ts';

/** The values to insert into one container, as a tree: several gaps of one container share their parents. */
export type Missing =
  | { readonly kind: 'scalar'; readonly value: string }
  | { readonly kind: 'map'; readonly entries: Map<string, Missing> }
  | { readonly kind: 'list'; readonly members: Map<string, Missing> };

/**
 * Joins the missing paths of one container. A member `[name=api]` becomes a list item that begins with `name: api`.
 * The paths have no indexes: an item without a name cannot be made up.
 */
export function missingTree(values: readonly { readonly missing: Path; readonly value: string }[]): Missing {
  const tree = emptyFor(values[0]?.missing ?? []);
  for (const { missing, value } of values) {
    let node: Missing | undefined = tree;
    for (const [index, segment] of missing.entries()) {
      const rest = missing.slice(index + 1);
      const next: Missing = rest.length === 0 ? { kind: 'scalar', value } : emptyFor(rest);
      if (node?.kind === 'map' && segment.kind === 'key') node = child(node.entries, segment.key, next);
      else if (node?.kind === 'list' && segment.kind === 'member') {
        if (next.kind === 'map') next.entries.set(segment.field, { kind: 'scalar', value: segment.value });
        node = child(node.members, `${segment.field}=${segment.value}`, next);
      } else throw new Error('A missing path does not fit the others of its container.');
    }
  }
  return tree;
}

function emptyFor([first]: Path): Missing {
  return first?.kind === 'member' ? { kind: 'list', members: new Map() } : { kind: 'map', entries: new Map() };
}

function child(children: Map<string, Missing>, key: string, otherwise: Missing): Missing {
  const known = children.get(key);
  if (known) return known;
  children.set(key, otherwise);
  return otherwise;
}
