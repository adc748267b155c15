import { imageName, repositoryPattern, splitImageName } from '../../model/image-reference.ts';
import {
  reservedPlaceholders,
  placeholderName,
  placeholdersIn,
  type Fault,
  type PlaceholderValues,
} from '../read/placeholders.ts';

/** One path segment of a pattern: `literals` are around and between the captures, one more than captures. */
export interface PatternSegment {
  readonly literals: readonly string[];
  readonly captures: readonly string[];
}

/** The image of a route, with or without captures. */
export interface ImagePattern {
  /** `registry/repository`, with Docker Hub's defaults filled in. */
  readonly text: string;
  readonly segments: readonly PatternSegment[];
  readonly captures: readonly string[];
  /** Number of literal characters; the pattern with the most wins. */
  readonly weight: number;
}

/** A pattern with one combination of the values in `where`. */
export interface PatternVariant {
  readonly segments: readonly PatternSegment[];
  /** The captures that `where` fixes. */
  readonly fixed: PlaceholderValues;
}

export function isFault(value: object): value is Fault {
  return 'code' in value;
}

function invalid(message: string): Fault {
  return { code: 'image-invalid', message };
}

/** Parses the `image` of a route. */
export function parseImagePattern(image: string): ImagePattern | Fault {
  const captures = placeholdersIn(image);
  for (const [index, word] of captures.entries()) {
    if (!placeholderName.test(word))
      return invalid(`has \`{${word.slice(0, 40)}}\`; expected a word of letters, digits and _`);
    if (reservedPlaceholders.has(word)) {
      return {
        code: 'word-reserved',
        message: `captures \`{${word}}\`, a reserved word; choose another, such as \`{service}\``,
      };
    }
    if (captures.indexOf(word) !== index) return invalid(`captures \`{${word}}\` twice`);
  }
  if (image.includes('}{')) return invalid('has two adjacent captures; expected text between them');
  // Replaces captures by `x`: the result must be a valid image name.
  const sample = image.replace(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(sample)) return { code: 'brace-unmatched', message: 'has a brace that does not belong to a {word}' };
  const name = splitImageName(sample);
  if (!name) return invalid(imageFault(sample));
  const slash = image.indexOf('/');
  const written = slash < 0 ? '' : image.slice(0, slash);
  if (captures.length === 0) return pattern(imageName(name), []);
  if (splitImageName(`${written}/x`)?.registry !== written.toLowerCase() || written.includes('{')) {
    return invalid('has captures but no registry; expected registry/{…}');
  }
  return pattern(`${written.toLowerCase()}/${image.slice(slash + 1)}`, captures);
}

function pattern(text: string, captures: readonly string[]): ImagePattern {
  return { text, captures, segments: parseSegments(text), weight: text.replace(/\{[^{}]*\}/g, '').length };
}

function imageFault(sample: string): string {
  if (sample.includes('://')) return 'is a URL; expected registry/repository without https://';
  if (/[@:][^/]*$/.test(sample))
    return 'has a tag or digest; expected registry/repository only; the field `tags` selects tags';
  if (/[A-Z]/.test(sample.slice(sample.indexOf('/') + 1)))
    return 'has upper-case letters; an image repository is lower case';
  return `is not an image repository; expected registry/repository as in contoso.azurecr.io/shop/api`;
}

/** Segments of a text with captures: an image, or a route's name. */
export function parseSegments(text: string): readonly PatternSegment[] {
  return text.split('/').map((segment) => ({
    literals: segment.split(/\{[^{}]*\}/),
    captures: placeholdersIn(segment),
  }));
}

/**
 * Matches one segment. Captures are not empty; of several, the first ones match as little as possible, so that the
 * result is unique.
 */
export function matchSegment(
  { literals, captures }: PatternSegment,
  text: string,
): readonly [string, string][] | undefined {
  const [prefix = ''] = literals;
  if (captures.length === 0) return text === prefix ? [] : undefined;
  const suffix = literals.at(-1) ?? '';
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return undefined;
  const end = text.length - suffix.length;
  const found: [string, string][] = [];
  let start = prefix.length;
  for (const [index, capture] of captures.entries()) {
    const isLast = index === captures.length - 1;
    const next = literals[index + 1] ?? '';
    const stop = isLast ? end : text.indexOf(next, start + 1);
    if (stop <= start || stop > end) return undefined;
    found.push([capture, text.slice(start, stop)]);
    start = stop + next.length;
  }
  return found;
}

/** A text that matches both segments, if there is one. */
function commonText(a: PatternSegment, b: PatternSegment): string | undefined {
  if (a.captures.length === 0 || b.captures.length === 0) {
    const [literal, other] = a.captures.length === 0 ? [a, b] : [b, a];
    const text = literal.literals[0] ?? '';
    return matchSegment(other, text) && text;
  }
  const prefix = longerOf(a.literals[0] ?? '', b.literals[0] ?? '', (long, short) => long.startsWith(short));
  const suffix = longerOf(a.literals.at(-1) ?? '', b.literals.at(-1) ?? '', (long, short) => long.endsWith(short));
  if (prefix === undefined || suffix === undefined) return undefined;
  // Each has a capture that matches the middle of the other.
  return [prefix, ...a.literals.slice(1, -1), ...b.literals.slice(1, -1), suffix].join('x');
}

/** A text that both lists of segments match, if there is one. */
export function commonTexts(a: readonly PatternSegment[], b: readonly PatternSegment[]): string | undefined {
  if (a.length !== b.length) return undefined;
  const texts: string[] = [];
  for (const [index, segment] of a.entries()) {
    const other = b[index];
    const text = other && commonText(segment, other);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts.join('/');
}

function longerOf(a: string, b: string, fits: (long: string, short: string) => boolean): string | undefined {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  return fits(long, short) ? long : undefined;
}

/** The pattern for each combination of values in `where`. */
export function variantsOf(
  segments: readonly PatternSegment[],
  where: Readonly<Record<string, readonly string[]>>,
): readonly PatternVariant[] {
  let variants: PlaceholderValues[] = [new Map()];
  for (const { captures } of segments) {
    for (const capture of captures) {
      const values = where[capture];
      if (values) variants = variants.flatMap((fixed) => values.map((value) => new Map([...fixed, [capture, value]])));
    }
  }
  return variants.map((fixed) => ({ fixed, segments: segments.map((segment) => fill(segment, fixed)) }));
}

function fill(segment: PatternSegment, words: PlaceholderValues): PatternSegment {
  const literals = [segment.literals[0] ?? ''];
  const captures: string[] = [];
  for (const [index, capture] of segment.captures.entries()) {
    const value = words.get(capture);
    const next = segment.literals[index + 1] ?? '';
    if (value === undefined) {
      captures.push(capture);
      literals.push(next);
    } else {
      literals.push(`${literals.pop() ?? ''}${value}${next}`);
    }
  }
  return { literals, captures };
}

/** Replaces captures by their values. */
export function fillPattern(text: string, words: PlaceholderValues): string {
  return text.replace(/\{([^{}]*)\}/g, (whole, word: string) => words.get(word) ?? whole);
}

/** Whether the value can be part of one segment of an image repository. */
export function isCaptureValue(value: string): boolean {
  return !value.includes('/') && repositoryPattern.test(`x${value}x`);
}
