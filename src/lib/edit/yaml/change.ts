import { isMap, isScalar, isSeq, Scalar } from 'yaml';
import { blockScalarSplice } from './block-scalar.ts';
import { collectionEnd } from './content-end.ts';
import { failureAt } from './editable-file.ts';
import type { EditableFile } from './editable-file.ts';
import { formatPath } from '../../model/value-path.ts';
import type { Path } from '../../model/value-path.ts';
import { isEmpty, label, scalarText } from './place.ts';
import type { Gap, Slot } from './place.ts';
import { refuseSops } from './sops.ts';
import type { Splice } from './splice.ts';
import { startOf } from './structure.ts';
import { fillEmpty } from './fill-empty.ts';
import { restyledScalar } from './write-scalar.ts';

export type Role = 'tag' | 'digest' | 'repository' | 'image' | 'version' | 'value';

/** One scalar that an update sets, unchanged ones too (`from === to`). */
export interface ScalarChange {
  readonly role: Role;
  /** For people: `image.tag`, `images[0].newTag`; in a file of several documents with the document's index in front. */
  readonly path: string;
  /** Identity of the scalar in its file: two updates that set the same scalar have the same text here. */
  readonly scalar: string;
  /** `null` where the value is empty or absent. A value that a merge key supplies counts. */
  readonly from: string | null;
  readonly to: string;
  /** From 1: of the scalar, or of the end of what it is inserted into. */
  readonly line: number;
  readonly column: number;
  /** The current tag of the file, also read out of whole references and templates. */
  readonly currentTag: string | null;
  readonly currentDigest: string | null;
  readonly warnings: readonly string[];
  /** The edit for `applyChanges`. */
  readonly edit: Edit;
}

export type Edit =
  | { readonly kind: 'none' }
  | { readonly kind: 'splice'; readonly splice: Splice }
  | { readonly kind: 'insert'; readonly gap: Gap };

export interface NewValue {
  readonly role: Role;
  readonly to: string;
  readonly currentTag: string | null;
  readonly currentDigest: string | null;
  readonly warnings?: readonly string[];
  /** The path as people know it, where that is not by index: `containers[name=api].image`. */
  readonly shownPath?: Path;
}

const plainTags = new Set(['!', 'tag:yaml.org,2002:str']);

/**
 * The change that sets the value at a place.
 *
 * @throws Failure `not-a-scalar` where a map or a list is there, or a tag such as `!!int` excludes text;
 * `encrypted-by-sops`
 */
export function changeAt(file: EditableFile, place: Slot | Gap, value: NewValue): ScalarChange {
  const slot = place.kind === 'gap' ? place.container : place;
  const path = place.kind === 'gap' ? [...slot.path, ...place.missing] : slot.path;
  const from = currentText(file, place);
  if (from !== value.to) refuseSops(file, place);
  return {
    role: value.role,
    path: label(file, slot.document, value.shownPath ?? path),
    scalar: `${slot.document}:${formatPath(path)}`,
    from,
    to: value.to,
    ...file.position(offsetOf(file, place)),
    currentTag: value.currentTag,
    currentDigest: value.currentDigest,
    warnings: [...(value.warnings ?? []), ...(from === value.to ? [] : anchorWarnings(file, slot))],
    edit: from === value.to ? { kind: 'none' } : editOf(file, place, value.to),
  };
}

/** The current text of a place: `null` where it is empty or absent. */
export function currentText(file: EditableFile, place: Slot | Gap): string | null {
  const node = place.kind === 'gap' ? place.inherited : place.node;
  if (node === null || isEmpty(node)) return null;
  if (place.kind === 'slot') requireText(file, place);
  const text = scalarText(node) ?? '';
  return text === '' ? null : text;
}

function offsetOf({ text }: EditableFile, place: Slot | Gap): number {
  const { node, pair } = place.kind === 'gap' ? place.container : place;
  if (place.kind === 'gap' && (isMap(node) || isSeq(node))) return collectionEnd(text, node);
  return startOf(node) ?? startOf(pair) ?? 0;
}

function requireText(file: EditableFile, slot: Slot): void {
  const { node } = slot;
  const path = label(file, slot.document, slot.path);
  if (!isScalar(node)) {
    const kind = isMap(node) ? 'a map' : isSeq(node) ? 'a list' : 'no scalar';
    const start = startOf(node) ?? 0;
    const template = file.text.startsWith('{{', start)
      ? ' It looks like a template action; templates are not edited.'
      : '';
    throw failureAt(
      file,
      'not-a-scalar',
      `${file.file}: ${path} is ${kind}; expected a single value.${template}`,
      start,
    );
  }
  if (node.tag !== undefined && node.tag.startsWith('tag:yaml.org,2002:') && !plainTags.has(node.tag)) {
    const tag = node.tag.replace('tag:yaml.org,2002:', '!!');
    throw failureAt(
      file,
      'not-a-scalar',
      `${file.file}: ${path} has the tag ${tag}, so text cannot be written there. Remove the tag or use !!str.`,
      startOf(node),
    );
  }
}

function editOf(file: EditableFile, place: Slot | Gap, to: string): Edit {
  if (place.kind === 'gap') return { kind: 'insert', gap: place };
  const { node } = place;
  const splice =
    isScalar(node) && (node.range?.[1] ?? 0) > (node.range?.[0] ?? 0)
      ? replace(file, place, node, to)
      : fillEmpty(file, place, to);
  return { kind: 'splice', splice };
}

function replace(file: EditableFile, { flow }: Slot, node: Scalar, to: string): Splice {
  if (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED)
    return blockScalarSplice(file.text, node, to);
  const [start, end] = node.range ?? [0, 0];
  return { start, end, text: restyledScalar(node, to, { flow, json: file.json }), rank: Infinity };
}

function anchorWarnings(file: EditableFile, slot: Slot): readonly string[] {
  return slot.anchored.flatMap((node) => {
    const aliases = file.links.aliases.get(node) ?? [];
    if (aliases.length === 0 || !('anchor' in node)) return [];
    const places = aliases.map((alias) => {
      const { line, column } = file.position(startOf(alias) ?? 0);
      return `${file.file}:${line}:${column}`;
    });
    return [`the anchor &${node.anchor ?? ''} is used elsewhere, and these places change too: ${places.join(', ')}`];
  });
}
