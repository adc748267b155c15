import type { Node } from 'yaml';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { lookup } from '../yaml/locate.ts';
import { label, lastKey, mapAround, scalarText, wholePath } from '../yaml/place.ts';
import type { Gap, Slot } from '../yaml/place.ts';
import { startOf } from '../yaml/structure.ts';

/** How an update writes a digest at the place where the file has it. */
const digestForms = {
  flag: 'Set `digest: true` in the update',
  path: 'Set `digest` in the update to its path',
  parameter: 'Set `digest` in `parameters` to its name',
  placeholder: "Write `{digest}` in `value` of the update, as in '{tag}@{digest}'",
  tag: "Use `yaml: { path, value: '{tag}@{digest}' }` for this place",
  helm: 'Use `helm: { tag, digest }` for both places',
};
export type DigestForm = keyof typeof digestForms;

/**
 * Refuses a digest that the file holds and the route does not write: the old image would stay, or be unpinned unasked.
 *
 * @throws Failure `digest-left-behind`
 */
export function refuseDigest(
  file: EditableFile,
  digest: string | null,
  path: string,
  node: Node | null,
  form: DigestForm = 'flag',
): void {
  if (digest === null || digest === '') return;
  throw failureAt(
    file,
    'digest-left-behind',
    `${file.file}: ${path} holds the digest ${digest}, and the route writes none, so the digest and the new tag would not be of one image. ${digestForms[form]}, or remove the digest from the file.`,
    startOf(node),
  );
}

/**
 * Refuses a digest that stands beside a tag under a name that belongs to the tag's: `digest` or `sha` beside `tag`,
 * `imageDigest` beside `imageTag`.
 *
 * @param options `written`: key that the update sets itself
 * @throws Failure `digest-left-behind`
 */
export function refuseDigestBeside(
  file: EditableFile,
  tag: Slot | Gap,
  { written, form }: { readonly written?: string | undefined; readonly form: DigestForm },
): void {
  const map = mapAround(tag);
  if (!map) return;
  for (const key of digestKeys(lastKey(tag))) {
    const value = key === written ? null : lookup(file, map, key);
    if (value) refuseDigest(file, scalarText(value) ?? null, labelBeside(file, tag, key), value, form);
  }
}

function labelBeside(file: EditableFile, tag: Slot | Gap, key: string): string {
  const { document } = tag.kind === 'slot' ? tag : tag.container;
  return label(file, document, [...wholePath(tag).slice(0, -1), { kind: 'key', key }]);
}

const digestNames: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(|.*[^A-Za-z])tag$/, ['digest', 'sha', 'sha256']],
  [/^(.+)Tag$/, ['Digest', 'Sha', 'Sha256']],
  [/^(|.*[^A-Za-z])TAG$/, ['DIGEST', 'SHA', 'SHA256']],
];

/** Keys under which charts keep the digest that belongs to a tag's key; none for other keys. */
export function digestKeys(tagKey: string): readonly string[] {
  return digestNames.flatMap(([pattern, names]) => {
    const stem = pattern.exec(tagKey)?.[1];
    return stem === undefined ? [] : names.map((name) => `${stem}${name}`);
  });
}
