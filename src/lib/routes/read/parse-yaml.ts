import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  type Alias,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { emptyKeyBefore, withoutValue } from './empty-key.ts';
import { explainSyntax } from './yaml-syntax.ts';
import { SourceMap } from './source-map.ts';
import type { ProblemCode } from './problem-codes.ts';
import { shorten, formatValue } from './format-value.ts';

/** A YAML text as plain values, with their positions. */
export interface ParsedYaml {
  /** `undefined` if the text has faults. */
  readonly value: unknown;
  readonly sourceMap: SourceMap;
  readonly faults: readonly YamlFault[];
}

export interface YamlFault {
  readonly code: ProblemCode;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Limit of values in one document after alias expansion; `&a [*b, *b, …]` doubles with every line. */
const maxNodes = 500_000;
const maxDepth = 64;
/** Far below the limit of the parser's stack; brackets in text and comments also count. */
const maxBrackets = 1000;
const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** Parses one document of YAML 1.2 with merge keys and without custom tags. Never throws. */
export function parseYaml(text: string): ParsedYaml {
  const reader = new Reader();
  const value = reader.read(text);
  return { value: reader.faults.length > 0 ? undefined : value, sourceMap: reader.sourceMap, faults: reader.faults };
}

class Reader {
  readonly sourceMap = new SourceMap();
  readonly faults: YamlFault[] = [];
  private readonly anchors = new Map<string, unknown>();
  private readonly sizes = new Map<object, number>();

  read(text: string): unknown {
    let document: ReturnType<typeof parseDocument>;
    const { stackTraceLimit } = Error;
    try {
      // The parser creates an error object per fault, and broken text can have tens of thousands.
      Error.stackTraceLimit = 0;
      checkNesting(text);
      document = parseDocument(text, {
        version: '1.2',
        lineCounter: this.sourceMap.lines,
        prettyErrors: false,
        // The library compares every key with every other; `map` checks in linear time.
        uniqueKeys: false,
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fault('yaml-too-large', 0, `is nested deeper than ${maxDepth} levels`);
      return undefined;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    if (document.errors.length > 0) {
      const problems = explainSyntax(text, document.errors, (offset) => this.sourceMap.at(offset));
      this.faults.push(...problems.map((problem) => Object.assign({ code: 'yaml-syntax' as const }, problem)));
      return undefined;
    }
    return document.contents === null ? null : this.convert(document.contents, 0);
  }

  private fault(code: ProblemCode, offset: number, message: string): void {
    if (this.faults.length < 50) this.faults.push({ code, ...this.sourceMap.at(offset), message });
  }

  private convert(node: Node, depth: number): unknown {
    if (depth > maxDepth) {
      this.fault('yaml-too-large', offsetOf(node), `is nested deeper than ${maxDepth} levels`);
      return null;
    }
    if (isAlias(node)) return this.alias(node);
    this.checkTag(node);
    const value = isMap(node) ? this.map(node, depth) : isSeq(node) ? this.list(node, depth) : this.scalar(node);
    if ('anchor' in node && typeof node.anchor === 'string') this.anchors.set(node.anchor, value);
    return value;
  }

  private checkTag(node: Node): void {
    if (node.tag !== undefined && !plainTags.has(node.tag)) {
      this.fault('yaml-tag', offsetOf(node), `has the tag \`${shorten(node.tag)}\`; expected plain YAML without tags`);
    }
  }

  private alias(node: Alias): unknown {
    if (!this.anchors.has(node.source)) {
      this.fault(
        'yaml-alias',
        offsetOf(node),
        `\`*${shorten(node.source)}\` refers to no complete anchor before it; expected \`&${shorten(node.source)}\` further up`,
      );
    }
    return this.anchors.get(node.source) ?? null;
  }

  private scalar(node: Node): unknown {
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    this.fault('yaml-tag', offsetOf(node), 'is not a supported value; expected text, a number, true or false');
    return null;
  }

  private list(node: YAMLSeq, depth: number): readonly unknown[] {
    const list: unknown[] = [];
    let size = 1;
    for (const item of node.items) {
      // The library returns the one map in `[a: 1]` as a lone pair.
      if (isPair(item)) {
        this.fault('yaml-syntax', offsetOf(node), 'has a key in a list; expected `{ key: value }` with braces');
        continue;
      }
      const child = this.convert(item as Node, depth + 1);
      const offset = offsetOf(item as Node);
      this.sourceMap.set(list, list.length, { key: offset, value: offset });
      list.push(child);
      size += this.sizeOf(child);
    }
    this.count(list, size, node);
    return list;
  }

  private map(node: YAMLMap, depth: number): Record<string, unknown> {
    const own: Record<string, unknown> = {};
    const merged: { readonly value: unknown; readonly offset: number }[] = [];
    let size = 1;
    let isExplained: boolean | undefined;
    for (const [index, pair] of node.items.entries()) {
      const key = this.key(pair);
      if (key === undefined) continue;
      const offset = offsetOf(pair.key as Node);
      const child = pair.value === null ? null : this.convert(pair.value as Node, depth + 1);
      size += this.sizeOf(child);
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        merged.push({ value: child, offset });
        continue;
      }
      if (Object.hasOwn(own, key)) {
        const first = this.sourceMap.at(this.sourceMap.get(own, key)?.key ?? 0).line;
        const repeated = `the key \`${shorten(key)}\` is in one map twice (first in line ${first})`;
        // The first duplicate of a map looks for it; the others follow from the same slip.
        const empty = isExplained === undefined ? emptyKeyBefore(node.items, index) : undefined;
        isExplained ??= empty !== undefined;
        if (empty) this.fault('indentation', offsetOf(empty), withoutValue(repeated));
        else if (!isExplained) this.fault('yaml-duplicate-key', offset, repeated);
      }
      own[key] = child;
      this.sourceMap.set(own, key, { key: offset, value: pair.value === null ? offset : offsetOf(pair.value as Node) });
    }
    this.count(own, size, node);
    if (size <= maxNodes) for (const { value, offset } of merged) this.merge(own, value, offset);
    return own;
  }

  /** A merge key adds keys that the map does not have; of several sources the first wins. */
  private merge(own: Record<string, unknown>, source: unknown, offset: number): void {
    for (const from of Array.isArray(source) ? source : [source]) {
      if (typeof from !== 'object' || from === null || Array.isArray(from)) {
        this.fault(
          'yaml-alias',
          offset,
          `the merge key \`<<\` refers to ${formatValue(from)}; expected a map or a list of maps`,
        );
        continue;
      }
      for (const [key, value] of Object.entries(from)) {
        if (Object.hasOwn(own, key)) continue;
        own[key] = value;
        this.sourceMap.set(own, key, this.sourceMap.get(from, key) ?? { key: offset, value: offset });
      }
    }
  }

  private key(pair: Pair): string | undefined {
    const { key } = pair;
    const offset = isScalar(key) || isMap(key) || isSeq(key) || isAlias(key) ? offsetOf(key) : 0;
    const name = !isScalar(key)
      ? undefined
      : typeof key.value === 'string'
        ? key.value
        : typeof key.value === 'number'
          ? key.source
          : undefined;
    // JavaScript objects cannot have `__proto__` as a plain key.
    if (name !== undefined && name !== '__proto__') return name;
    this.fault('yaml-key', offset, 'has a key that is not text');
    return undefined;
  }

  private sizeOf(value: unknown): number {
    return typeof value === 'object' && value !== null ? (this.sizes.get(value) ?? 1) : 1;
  }

  private count(value: object, size: number, node: Node): void {
    if (size > maxNodes) {
      this.fault(
        'yaml-too-large',
        offsetOf(node),
        `expands to more than ${maxNodes.toLocaleString('en')} values through its aliases`,
      );
    }
    this.sizes.set(value, Math.min(size, maxNodes + 1));
  }
}

/**
 * Throws a `RangeError` for excessive nesting. The parser is recursive, and if its stack overflows within a regular
 * expression, V8 aborts the process instead of throwing.
 */
function checkNesting(text: string): void {
  let open = 0;
  for (const [mark] of text.matchAll(/[[{\]}]|(?:^|[\n ])[ \t]*(?:[-?:][ \t]+){64}/g)) {
    open += mark === '[' || mark === '{' ? 1 : mark === ']' || mark === '}' ? -1 : maxBrackets + 1;
    if (open > maxBrackets) throw new RangeError('nested too deep');
    if (open < 0) open = 0;
  }
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
