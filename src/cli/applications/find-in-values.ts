import {
  imageName,
  parseImageReference,
  splitImageName,
  type ImageReference,
} from '../../lib/model/image-reference.ts';
import type { PathSegment } from '../../lib/model/value-path.ts';
import type { MergedValue, ScalarValue } from './merge-values.ts';
import type { RunningImage } from './place.ts';

/** A value that sets the tag of an image, or its whole reference. */
export interface ImageValue<Origin> {
  readonly kind: 'tag' | 'image';
  readonly path: readonly PathSegment[];
  /** The layer that sets it. */
  readonly origin: Origin;
  /** The tag in the values. */
  readonly tag: string;
  /** Whether a pod runs this tag or digest. */
  readonly runs: boolean;
  /** The value is a whole reference with a digest. */
  readonly hasDigest?: boolean;
  /** A digest beside the tag. */
  readonly digest?: { readonly path: readonly PathSegment[]; readonly origin: Origin };
  /** How the image was recognized: its name is beside the tag, or a tag alone is equal. */
  readonly evidence: 'name' | 'tag';
}

/** The values that name the image, else those with its tag that name no image at all. */
export function findInValues<Origin>(
  values: MergedValue<Origin>,
  { name: image, tags, digests }: RunningImage,
): readonly ImageValue<Origin>[] {
  const named: ImageValue<Origin>[] = [];
  const byTag: ImageValue<Origin>[] = [];
  visit(values, []);
  return named.length > 0 ? named : nearest(byTag, image);

  function visit(value: MergedValue<Origin>, path: readonly PathSegment[]): void {
    if (value.kind === 'list')
      for (const [index, item] of value.items.entries()) visit(item, [...path, memberOf(item, index)]);
    if (value.kind !== 'map') return;
    const names = namesIn(value);
    const isNamed = names.some((name) => isNameOf(name, image));
    for (const [key, inner] of value.entries) {
      const at: readonly PathSegment[] = [...path, { kind: 'key', key }];
      if (inner.kind !== 'scalar') visit(inner, at);
      else if (isWhole(inner.text, image)) named.push(wholeAt(at, inner.text, inner.origin, { tags, digests }));
      else if (/tag$|^version$/i.test(key)) {
        const isRunning = isTag(inner, tags);
        const found = {
          kind: 'tag',
          path: at,
          origin: inner.origin,
          tag: inner.text,
          ...digestBeside(value, key, path),
          runs: isRunning,
        } as const;
        if (isNamed) named.push({ ...found, evidence: 'name' });
        else if (names.length === 0 && isRunning) byTag.push({ ...found, evidence: 'tag' });
      }
    }
  }
}

function wholeAt<Origin>(
  path: readonly PathSegment[],
  text: string,
  origin: Origin,
  { tags, digests }: Pick<RunningImage, 'tags' | 'digests'>,
): ImageValue<Origin> {
  const { tag = '', digest = '' } = parseImageReference(text) ?? {};
  const runs = digest === '' ? tags.includes(tag) : digests.includes(digest) || tags.includes(tag);
  return { kind: 'image', path, origin, tag, runs, hasDigest: digest !== '', evidence: 'name' };
}

function isTag({ text, isNumber }: ScalarValue, tags: readonly string[]): boolean {
  return tags.includes(text) || (isNumber && tags.some((tag) => tag !== '' && Number(tag) === Number(text)));
}

function isWhole(text: string, image: Pick<ImageReference, 'registry' | 'repository'>): boolean {
  const reference = text.includes('/') ? parseImageReference(text) : undefined;
  return (reference?.tag !== undefined || reference?.digest !== undefined) && imageName(reference) === imageName(image);
}

/** The texts of a map that can name an image, each with the map's registry where it has one. */
function namesIn<Origin>({ entries }: Extract<MergedValue<Origin>, { kind: 'map' }>): readonly string[] {
  const texts = [...entries].flatMap(([key, value]) =>
    value.kind === 'scalar' && /repository$|image$|imagename$|^name$/i.test(key) && value.text !== ''
      ? [{ key, text: value.text }]
      : [],
  );
  const registry = entries.get('registry');
  const prefix = registry?.kind === 'scalar' && registry.text !== '' ? `${registry.text}/` : '';
  // `name` is that of an image only where it looks like one.
  return texts.flatMap(({ key, text }) => (/^name$/i.test(key) && !text.includes('/') ? [] : [`${prefix}${text}`]));
}

/** The whole name; or its path, where the chart adds a registry. */
function isNameOf(name: string, image: Pick<ImageReference, 'registry' | 'repository'>): boolean {
  const split = splitImageName(name);
  if (!split) return false;
  return imageName(split) === imageName(image) || name === image.repository || image.repository.endsWith(`/${name}`);
}

function digestBeside<Origin>(
  { entries }: Extract<MergedValue<Origin>, { kind: 'map' }>,
  tagKey: string,
  path: readonly PathSegment[],
): Pick<ImageValue<Origin>, 'digest'> {
  const key = 'digest';
  const digest = tagKey === 'tag' ? entries.get(key) : undefined;
  return digest?.kind === 'scalar' && digest.text !== ''
    ? { digest: { path: [...path, { kind: 'key', key }], origin: digest.origin } }
    : {};
}

/** Several values can have the same tag: those whose path has the image's own name come first. */
function nearest<Origin>(
  found: readonly ImageValue<Origin>[],
  { repository }: Pick<ImageReference, 'repository'>,
): readonly ImageValue<Origin>[] {
  const own = plain(repository.slice(repository.lastIndexOf('/') + 1));
  const near = found.filter(({ path }) =>
    path.some(
      (segment) => segment.kind !== 'index' && plain(segment.kind === 'key' ? segment.key : segment.value) === own,
    ),
  );
  return near.length > 0 ? near : found;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function memberOf<Origin>(item: MergedValue<Origin>, index: number): PathSegment {
  const name = item.kind === 'map' ? item.entries.get('name') : undefined;
  return name?.kind === 'scalar' ? { kind: 'member', field: 'name', value: name.text } : { kind: 'index', index };
}
