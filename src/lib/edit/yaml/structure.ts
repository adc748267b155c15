import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Scalar, YAMLMap } from 'yaml';

/** The aliases of an anchored node, and their places. */
export interface AliasLinks {
  /** The node that an alias stands for. */
  readonly target: ReadonlyMap<Alias, Node>;
  /** The aliases of an anchored node, in the order of the text. */
  readonly aliases: ReadonlyMap<Node, readonly Alias[]>;
}

/** A problem of a document that parses. */
export interface StructureProblem {
  readonly code: 'duplicate-key' | 'not-yaml' | 'too-many-aliases';
  readonly message: string;
  readonly offset: number;
  /** Offset of the other place that the message is about. */
  readonly other?: number;
}

interface Weight {
  nodes: number;
  aliased: number;
}

/**
 * Walks documents once: binds each alias to its anchor and finds duplicate keys, aliases without an anchor and aliases
 * that unfold beyond the limit of go-yaml (which Helm, kubectl and Argo CD read with).
 *
 * The `yaml` package's own check of unique keys compares each key with each other; this one is linear.
 */
export class StructureWalk {
  readonly target = new Map<Alias, Node>();
  readonly aliases = new Map<Node, Alias[]>();
  readonly problems: StructureProblem[] = [];
  #anchors = new Map<string, Node>();
  #weights = new Map<Node, Weight>();

  document(root: unknown): void {
    this.#anchors = new Map();
    this.#weights = new Map();
    const { nodes, aliased } = this.#visit(root);
    if (aliased > 100 && nodes > 1000 && aliased / nodes > allowedAliasRatio(nodes)) {
      this.#report('too-many-aliases', `its aliases unfold to ${Math.round(nodes)} nodes`, root);
    }
  }

  #visit(node: unknown): Weight {
    if (isAlias(node)) return this.#alias(node);
    const anchored = isScalar(node) || isMap(node) || isSeq(node) ? node : undefined;
    if (anchored?.anchor !== undefined) this.#anchors.set(anchored.anchor, anchored);
    const weight = { nodes: 1, aliased: 0 };
    if (isMap(node)) {
      this.#uniqueKeys(node);
      for (const pair of node.items) {
        add(weight, this.#visit(pair.key));
        if (pair.value !== null) add(weight, this.#visit(pair.value));
      }
    } else if (isSeq(node)) {
      for (const item of node.items) add(weight, this.#visit(item));
    }
    if (anchored?.anchor !== undefined) this.#weights.set(anchored, weight);
    return weight;
  }

  #alias(alias: Alias): Weight {
    const target = this.#anchors.get(alias.source);
    if (!target) {
      this.#report('not-yaml', 'an alias has no anchor before it', alias);
      return { nodes: 1, aliased: 0 };
    }
    this.target.set(alias, target);
    const known = this.aliases.get(target);
    if (known) known.push(alias);
    else this.aliases.set(target, [alias]);
    const weight = this.#weights.get(target);
    if (!weight) {
      this.#report('too-many-aliases', 'an anchor holds an alias of itself', alias);
      return { nodes: 1, aliased: 0 };
    }
    return { nodes: weight.nodes + 1, aliased: weight.nodes };
  }

  #uniqueKeys(map: YAMLMap): void {
    if (map.items.length < 2) return;
    const seen = new Map<string, Scalar>();
    for (const { key } of map.items) {
      if (!isScalar(key) || isMergeKey(key)) continue;
      const id = keyIdentity(key);
      const first = seen.get(id);
      if (first) {
        this.#report('duplicate-key', 'a key is twice in one map', key, first);
      } else seen.set(id, key);
    }
  }

  #report(code: StructureProblem['code'], message: string, node: unknown, other?: Node): void {
    const offset = startOf(node) ?? 0;
    const second = startOf(other);
    this.problems.push({ code, message, offset, ...(second === undefined ? {} : { other: second }) });
  }
}

/** A plain `<<`, which YAML 1.1 readers merge. */
export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

/** Where a node's text begins; `undefined` for what has no place in the text. */
export function startOf(node: unknown): number | undefined {
  if (isPair(node)) return startOf(node.key);
  return isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

// `1` and `"1"` are different keys to YAML, `a` and `"a"` are not.
function keyIdentity(key: Scalar): string {
  const text = key.source ?? '';
  const mayBeTyped = key.type === 'PLAIN' && /^(?:[-+.\d~]|null|true|false|$)/i.test(text);
  return `${mayBeTyped ? 'plain' : 'string'} ${text}`;
}

function add(sum: Weight, { nodes, aliased }: Weight): void {
  sum.nodes += nodes;
  sum.aliased += aliased;
}

// go-yaml, decode.go: `allowedAliasRatio`.
function allowedAliasRatio(nodes: number): number {
  const [low, high] = [400_000, 4_000_000];
  if (nodes <= low) return 0.99;
  if (nodes >= high) return 0.1;
  return 0.99 - 0.89 * ((nodes - low) / (high - low));
}
