import { z } from 'zod';
import { parseImageReference } from '../model/image-reference.ts';
import { oneLine } from '../model/one-line.ts';

/** A degraded live resource. */
export interface DegradedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Absent for cluster-wide resources. */
  readonly namespace?: string;
  readonly name: string;
  /** On one line; empty if Argo CD has no reason. */
  readonly message: string;
  /** The images that it runs, if known. */
  readonly images: readonly string[];
}

/** A live resource that no other resource owns. */
export interface TopResource extends Omit<DegradedResource, 'message'> {
  readonly health: string | undefined;
}

/** The live resources of an application, as far as tagrelay needs them. */
export interface ApplicationResources {
  readonly degraded: readonly DegradedResource[];
  readonly roots: readonly TopResource[];
}

const text = z.string().max(2000).catch('').optional();

const nodeSchema = z.object({
  uid: z.string(),
  group: text,
  kind: z.string().max(253),
  namespace: text,
  name: z.string().max(253),
  parentRefs: z.array(z.object({ uid: z.string() })).nullish(),
  images: z.array(z.string()).nullish(),
  health: z.object({ status: z.string().optional(), message: z.string().nullish() }).nullish(),
});

/** `status.health` of nodes as Argo CD's API gives them; orphaned resources do not belong to the application. */
export const resourceTreeSchema = z.object({ nodes: z.array(nodeSchema).nullish() });

type Node = z.infer<typeof nodeSchema>;

const maxResources = 50;

/** The degraded resources, and those at the top of the tree with the images of all their pods. */
export function readResources(tree: z.infer<typeof resourceTreeSchema>): ApplicationResources {
  const nodes = tree.nodes ?? [];
  const descendants = descendantsIn(nodes);
  const known = new Set(nodes.map(({ uid }) => uid));
  const roots = nodes
    .filter(({ parentRefs }) => !(parentRefs ?? []).some(({ uid }) => known.has(uid)))
    .map((node) => {
      const { message: _message, ...root } = describe(node, imagesOf([node, ...descendants(node)]));
      return Object.assign(root, { health: node.health?.status });
    });
  return { degraded: degradedResources(nodes, descendants), roots };
}

function descendantsIn(nodes: readonly Node[]): (root: Node) => Node[] {
  const children = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const { uid } of node.parentRefs ?? []) {
      const siblings = children.get(uid);
      if (siblings) siblings.push(node);
      else children.set(uid, [node]);
    }
  }
  return (root) => {
    const found = new Set<Node>();
    const walk = (node: Node): void => {
      for (const child of children.get(node.uid) ?? []) {
        if (found.has(child) || child === root) continue;
        found.add(child);
        walk(child);
      }
    };
    walk(root);
    return [...found];
  };
}

/**
 * The degraded resources, owners after the resources that they own. Only pods have images. An owner of pods runs the images
 * of its degraded pods, because a rollout also keeps pods of the previous image; without degraded pods, those of all its
 * pods.
 */
function degradedResources(nodes: readonly Node[], descendants: (root: Node) => Node[]): readonly DegradedResource[] {
  return nodes
    .filter(isDegraded)
    .map((node) => {
      const below = descendants(node);
      const degraded = below.filter(isDegraded);
      const runs = imagesOf([node, ...degraded]);
      return { node, depth: degraded.length, images: runs.length > 0 ? runs : imagesOf(below) };
    })
    .sort((a, b) => a.depth - b.depth)
    .slice(0, maxResources)
    .map(({ node, images }) => describe(node, images));
}

function describe({ group = '', kind, namespace, name, health }: Node, images: readonly string[]): DegradedResource {
  const where = namespace ? { namespace } : {};
  return { group, kind, ...where, name, message: oneLine(health?.message ?? '', 1000), images };
}

function isDegraded({ health }: Node): boolean {
  return health?.status === 'Degraded';
}

function imagesOf(nodes: readonly Node[]): string[] {
  const images = new Set(nodes.flatMap((node) => node.images ?? []));
  return [...images].filter((image) => parseImageReference(image) !== undefined);
}
