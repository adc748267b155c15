import { splitImageName } from '../../model/image-reference.ts';
import { expandUpdates } from '../expand/expand-updates.ts';
import { environmentPlaceholders } from '../expand/environment-placeholders.ts';
import type { HostRules } from '../read/host-rules.ts';
import { readRepository } from '../read/host-rules.ts';
import { commonTexts, fillPattern, isFault, parseSegments, type PatternSegment } from '../match/image-pattern.ts';
import type { ImageIndex } from '../match/image-index.ts';
import { SegmentIndex } from '../match/segment-index.ts';
import { expandPlaceholders } from '../read/placeholders.ts';
import type { MergedRoute } from '../expand/merged-route.ts';
import { scalarKeys } from './scalar-keys.ts';

interface Writer {
  readonly route: MergedRoute;
  readonly environment: string;
  /** Index in the environment's `update`. */
  readonly update: number;
}

interface OpenScalar {
  readonly writer: Writer;
  readonly segments: readonly PatternSegment[];
  /** The text before the first capture. */
  readonly prefix: string;
}

/** Two environments of patterns that write one scalar, each for its own image. */
export interface Overlap {
  readonly writer: Writer;
  readonly image: string;
  readonly other: Writer;
  readonly otherImage: string;
}

/** Enough for every pair of 400 patterns; bounds the time of a load. */
const maxComparisons = 100_000;

/** The scalars that patterns write, with captures unexpanded, to compare them with other routes. */
export class PatternScalars {
  private readonly index = new SegmentIndex<Writer>();
  private readonly scalars: OpenScalar[] = [];
  private readonly images: ImageIndex<MergedRoute>;

  constructor(images: ImageIndex<MergedRoute>) {
    this.images = images;
  }

  add(route: MergedRoute, hosts: HostRules): void {
    const open = new Map(route.image.captures.map((capture) => [capture, `{${capture}}`]));
    for (const [name, settings] of route.environments) {
      const words = environmentPlaceholders(name, settings, open, () => undefined);
      const repository = expandPlaceholders(settings.repository ?? '', words);
      const branch = expandPlaceholders(settings.branch ?? '', words);
      // A repository URL with a capture has no canonical form.
      if (typeof repository !== 'string' || typeof branch !== 'string' || repository.includes('{')) continue;
      const address = readRepository(repository, hosts);
      if (isFault(address)) continue;
      const expansion = { words, captures: new Set(open.keys()) };
      for (const [index, entry] of (settings.update ?? []).entries()) {
        const update = expandUpdates([entry], expansion, () => undefined);
        const writer = { route, environment: name, update: index };
        for (const scalar of scalarKeys(route.image.text, { address, branch, update })) {
          const segments = parseSegments(inParts(scalar));
          this.index.add(segments, new Map(), writer);
          this.scalars.push({ writer, segments, prefix: scalar.replace(/\{.*$/s, '') });
        }
      }
    }
  }

  /**
   * Pairs of environments of patterns that write one scalar. Captures with `where` are compared only by the values of
   * the example image, as is everything beyond `maxComparisons`.
   */
  *overlaps(): Generator<Overlap> {
    const sorted = this.scalars.toSorted((a, b) => Number(a.prefix > b.prefix) - Number(a.prefix < b.prefix));
    let comparisons = 0;
    for (const [index, one] of sorted.entries()) {
      // Only scalars with the same prefix can be equal; they follow directly in the sorted list.
      for (let next = index + 1; sorted[next]?.prefix.startsWith(one.prefix); next += 1) {
        const other = sorted[next];
        comparisons += 1;
        if (!other || comparisons > maxComparisons) return;
        const meeting = this.meet(one, other);
        if (meeting) yield meeting;
      }
    }
  }

  private meet(a: OpenScalar, b: OpenScalar): Overlap | undefined {
    if (a.writer.route === b.writer.route && a.writer.environment === b.writer.environment) return undefined;
    const text = commonTexts(a.segments, b.segments);
    if (text === undefined) return undefined;
    const [image, otherImage] = [this.imageOf(a, text), this.imageOf(b, text)];
    if (image === undefined || otherImage === undefined) return undefined;
    return { writer: b.writer, image: otherImage, other: a.writer, otherImage: image };
  }

  /** An image for which a pattern writes the scalar. */
  private imageOf({ segments, writer: { route } }: OpenScalar, text: string): string | undefined {
    const index = new SegmentIndex<undefined>();
    index.add(segments, new Map(), undefined);
    const words = index.find(text)[0]?.words;
    const image = words && fillPattern(route.image.text, words).replace(/\{[^{}]*\}/g, 'x');
    // Literal text around a capture may be invalid in an image: `Apps-{x}.yaml`.
    if (image === undefined || !splitImageName(image)) return undefined;
    return this.images.match(image)?.route === route ? image : undefined;
  }

  /** A pattern that writes the scalar for another image. */
  writerOf(scalar: string, image: string): { readonly writer: Writer; readonly image: string } | undefined {
    for (const { value, words } of this.index.find(inParts(scalar))) {
      const other = fillPattern(value.route.image.text, words);
      if (other !== image && this.images.match(other)?.route === value.route) return { writer: value, image: other };
    }
    return undefined;
  }
}

/** A scalar with `/` around its parts, so that a capture does not match across file and path. */
function inParts(scalar: string): string {
  return scalar.replaceAll('\n', '/\n/');
}
