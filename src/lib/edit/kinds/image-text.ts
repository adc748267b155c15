import { Failure } from '../../model/failure.ts';
import { digestPattern, imageName, parseImageReference, splitImageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { placeholder } from './placeholder.ts';

/** The image in a text of a file; `null` where it has none, or an unreadable one. */
export interface CurrentImage {
  readonly tag: string | null;
  readonly digest: string | null;
}

/** Reads the text of a tag's scalar: some charts take `1.0@sha256:…` there. */
export function readTag(text: string | null): CurrentImage {
  const [tag, digest] = splitDigest(text?.trim() ?? '');
  return { tag: tag === '' ? null : tag, digest };
}

/** Reads a whole reference. */
export function readReference(text: string | null): CurrentImage {
  const reference = parseImageReference(text?.trim() ?? '');
  return { tag: reference?.tag ?? null, digest: reference?.digest ?? null };
}

/**
 * A reference with its written name, or `undefined` where the text is not a reference. A tag that is a placeholder is
 * left out.
 */
export function splitReference(text: string): (ImageReference & { readonly name: string }) | undefined {
  const reference = parseImageReference(text);
  if (!reference) return beforePlaceholder(text);
  const [named] = splitDigest(text);
  const colon = named.lastIndexOf(':');
  return { ...reference, name: colon > named.lastIndexOf('/') ? named.slice(0, colon) : named };
}

function beforePlaceholder(text: string): (ImageReference & { readonly name: string }) | undefined {
  const head = text.slice(0, Math.max(0, text.search(placeholder)));
  const colon = head.lastIndexOf(':');
  if (colon <= head.lastIndexOf('/')) return undefined;
  const name = head.slice(0, colon);
  const split = splitImageName(name);
  return split && { ...split, name };
}

/** Whether two references are of one image, whatever way they are written. */
export function sameImage(
  a: Pick<ImageReference, 'registry' | 'repository'>,
  b: Pick<ImageReference, 'registry' | 'repository'>,
): boolean {
  return imageName(a) === imageName(b);
}

/**
 * Whether a text is a reference of the image with a tag, a digest or a placeholder; the bare name is a repository.
 */
export function isWholeReference(text: string, image: ImageReference): boolean {
  const reference = splitReference(text);
  return reference !== undefined && sameImage(reference, image) && text !== reference.name;
}

/** The image's name: as the file writes it if that is the same image, else `registry/repository`. */
export function nameAsWritten(current: string | null, image: ImageReference): string {
  const reference = current === null ? undefined : splitReference(current.trim());
  return reference && sameImage(reference, image) ? reference.name : imageName(image);
}

/** The whole reference to write. */
export function newReference(name: string, image: ImageReference, withDigest: boolean): string {
  const digest = withDigest ? `@${requireDigest(image)}` : '';
  return `${name}:${requireTag(image)}${digest}`;
}

/** @throws Failure `tag-needed` */
export function requireTag({ tag, ...image }: ImageReference): string {
  if (tag === undefined)
    throw new Failure(
      'tag-needed',
      `${imageName(image)} was given without a tag, and the route writes one. Give it as registry/repository:tag.`,
    );
  return tag;
}

/** @throws Failure `digest-needed` */
export function requireDigest({ digest, ...image }: ImageReference): string {
  if (digest === undefined) {
    throw new Failure(
      'digest-needed',
      `${imageName(image)} was given without a digest, and the route writes one. Give it as registry/repository:tag@sha256:….`,
    );
  }
  return digest;
}

function splitDigest(text: string): [name: string, digest: string | null] {
  const at = text.indexOf('@');
  const digest = at < 0 ? null : text.slice(at + 1);
  return digest !== null && digestPattern.test(digest) ? [text.slice(0, at), digest] : [text, null];
}
