import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Node } from 'yaml';
import type { EditableFile } from '../yaml/editable-file.ts';
import { locate, lookup } from '../yaml/locate.ts';
import { nodesAround } from '../yaml/nodes-around.ts';
import { keys } from '../../model/value-path.ts';
import type { Path } from '../../model/value-path.ts';
import { itemSlot, keyText, ownPairs, pairSlot, resolved, rootSlot, scalarText } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';

/** The image of one container of a pod. */
export interface ContainerImage {
  readonly name: string | undefined;
  readonly text: string;
  /** Where the image stands, or would be written where a merge key supplies it; an alias, where one stands instead. */
  readonly place: Slot | Gap;
  /** The scalar with the image. */
  readonly source: Node;
  readonly shownPath: Path;
}

const lists = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/**
 * The containers of every pod, wherever its spec stands: in a Pod, a Deployment, a CronJob, a List, or in a custom
 * resource with a pod template.
 */
export function containersOf(file: EditableFile): readonly ContainerImage[] {
  const found: ContainerImage[] = [];
  const holdsList = (node: unknown): boolean =>
    isMap(node) && node.items.some((pair) => lists.has(keyText(file, pair) ?? ''));
  for (const index of file.documents.keys()) {
    const root = rootSlot(file, index);
    visit(file, root, nodesAround(root.node, holdsList), found);
  }
  return found;
}

function visit(file: EditableFile, slot: Slot, around: ReadonlySet<unknown>, found: ContainerImage[]): void {
  const { node } = slot;
  if (!around.has(node)) return;
  if (isMap(node)) {
    for (const pair of node.items) {
      const key = keyText(file, pair);
      if (key === undefined || !(lists.has(key) || around.has(pair.value))) continue;
      const child = pairSlot(slot, node, pair, key);
      if (lists.has(key)) collect(file, child, found);
      visit(file, child, around, found);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      if (around.has(item)) visit(file, itemSlot(slot, node, index), around, found);
    }
  }
}

function collect(file: EditableFile, list: Slot, found: ContainerImage[]): void {
  const seq = resolved(file, list.node);
  if (!isSeq(seq)) return;
  const names = seq.items.map((item) => nameOf(file, item));
  const counts = new Map<string | undefined, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [index, name] of names.entries()) {
    const item = itemSlot(list, seq, index);
    const container = resolved(file, item.node);
    if (!isMap(container)) continue;
    const source = lookup(file, container, 'image');
    const text = scalarText(source);
    if (!isScalar(source) || text === undefined || text === '') continue;
    const unique = name !== undefined && counts.get(name) === 1;
    const shownPath = [
      ...list.path,
      unique ? ({ kind: 'member', field: 'name', value: name } as const) : ({ kind: 'index', index } as const),
      ...keys('image'),
    ];
    found.push({ name, text, source, shownPath, place: placeOf(file, list, item) });
  }
}

// The nearest alias on the way, if there is one: what it stands for is written elsewhere.
function placeOf(file: EditableFile, list: Slot, item: Slot): Slot | Gap {
  if (isAlias(list.node)) return list;
  if (isAlias(item.node) || !isMap(item.node)) return item;
  const [own] = ownPairs(file, item.node, 'image');
  return own ? pairSlot(item, item.node, own, 'image') : locate(file, item, keys('image'));
}

function nameOf(file: EditableFile, item: unknown): string | undefined {
  const container = resolved(file, item);
  return isMap(container) ? scalarText(lookup(file, container, 'name')) : undefined;
}
