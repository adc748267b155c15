import { LineCounter } from 'yaml';

/** A key or index within a map or list. */
export type Step = string | number;

/** Larger than any document. */
const offsetLimit = 2 ** 26;

interface Offsets {
  readonly key: number;
  readonly value: number;
}

/** A source map of a merged map, and its path from the document's root. */
export interface Layer {
  readonly value: object;
  readonly path: readonly Step[];
}

export interface Position {
  readonly line: number;
  readonly column: number;
  /** Path from the document's root to the written value. */
  readonly path: readonly Step[];
  /** Number of steps that the text contains; the position is that of the last one. */
  readonly found: number;
}

/**
 * The positions of all map and list entries of one document. It is separate from the plain values, so that values keep
 * their position through aliases, merge keys and layers.
 */
export class SourceMap {
  readonly lines = new LineCounter();
  /** Both offsets of an entry in one number, because a document can have hundreds of thousands of entries. */
  private readonly offsets = new Map<object, Record<Step, number>>();
  private readonly layers = new Map<object, readonly Layer[]>();

  set(container: object, step: Step, { key, value }: Offsets): void {
    let known = this.offsets.get(container);
    if (!known) this.offsets.set(container, (known = {}));
    known[step] = key * offsetLimit + value;
  }

  get(container: object, step: Step): Offsets | undefined {
    const known = this.offsets.get(container);
    const both = known && Object.hasOwn(known, step) ? known[step] : undefined;
    return both === undefined ? undefined : { key: Math.floor(both / offsetLimit), value: both % offsetLimit };
  }

  /** Sets the layers of a merged map; the last layer with a key has its value. */
  setLayers(merged: object, layers: readonly Layer[]): void {
    this.layers.set(merged, layers);
  }

  /** Gives the entries of a copy the positions of the original. */
  copy(original: object, copy: object): void {
    const offsets = this.offsets.get(original);
    const layers = this.layers.get(original);
    if (offsets) this.offsets.set(copy, offsets);
    if (layers) this.layers.set(copy, layers);
  }

  /** Line and column, from 1, of the offset. */
  at(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /**
   * The position of the value at `path` from `root`, or of its nearest ancestor in the text. `base` is the path from the
   * document's root to `root`.
   */
  locate(root: unknown, path: readonly Step[], part: 'key' | 'value' = 'value', base: readonly Step[] = []): Position {
    let container: unknown = root;
    let offset = 0;
    let way = [...base];
    for (const [index, step] of path.entries()) {
      if (typeof container !== 'object' || container === null) return { ...this.at(offset), path: way, found: index };
      const layer = this.layers.get(container)?.findLast(({ value }) => Object.hasOwn(value, step));
      const found = this.get(layer?.value ?? container, step);
      if (found === undefined) return { ...this.at(offset), path: [...way, ...path.slice(index)], found: index };
      offset = part === 'key' && index === path.length - 1 ? found.key : found.value;
      way = [...(layer?.path ?? way), step];
      container = (container as Record<Step, unknown>)[step];
    }
    return { ...this.at(offset), path: way, found: path.length };
  }
}

/** `routes.payments.update[0].file`; other keys than names are quoted. */
export function formatSteps(path: readonly Step[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const key = /^[\w-]+$/.test(step) ? step : `"${step}"`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
