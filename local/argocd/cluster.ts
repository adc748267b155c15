import { createHash } from 'node:crypto';
import type { Health } from './application.ts';
import type { ImageFate } from './options.ts';

/** A workload with one container: its desired image, and the image of its old pods. */
interface Workload {
  readonly name: string;
  readonly image: string;
  readonly fate: ImageFate;
  /** The image that keeps running while the new pod does not start. */
  readonly before?: string;
}

/** The live side of an application: a workload for each image. */
export class Cluster {
  #workloads: readonly Workload[] = [];
  readonly #fateOf: (image: string) => ImageFate;

  constructor(fateOf: (image: string) => ImageFate) {
    this.#fateOf = fateOf;
  }

  /** Images that the cluster refuses. */
  refused(images: readonly string[]): readonly string[] {
    return images.filter((image) => this.#fateOf(image) === 'refused');
  }

  /** Rolls out; old pods end once the new one runs. */
  apply(images: readonly string[]): void {
    this.#workloads = images.map((image) => {
      const name = nameOf(image);
      const current = this.#workloads.find((workload) => workload.name === name);
      const running = current?.fate === 'runs' ? current.image : current?.before;
      const fate = this.#fateOf(image);
      const keeps = fate !== 'runs' && running !== undefined && running !== image;
      return { name, image, fate, ...(keeps ? { before: running } : {}) };
    });
  }

  /** The health of the rollout. */
  health(): Health {
    if (this.#workloads.some(({ fate }) => fate === 'breaks')) return 'Degraded';
    return this.#workloads.some(({ fate }) => fate !== 'runs') ? 'Progressing' : 'Healthy';
  }

  /** The images of all pods, in the form of `status.summary.images`. */
  images(): readonly string[] {
    const images = this.#workloads.flatMap(({ image, before }) => (before === undefined ? [image] : [before, image]));
    return [...new Set(images)].sort();
  }

  /** The result of an operation for each resource. */
  syncResults(namespace: string, images: readonly string[]): readonly object[] {
    const refused = new Set(this.refused(images));
    return images.map((image) => ({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
      namespace,
      name: nameOf(image),
      status: refused.has(image) ? 'SyncFailed' : 'Synced',
      message: refused.has(image)
        ? `Deployment.apps "${nameOf(image)}" is invalid: spec.template.spec.containers[0].image: Invalid value: "${image}"`
        : `deployment.apps/${nameOf(image)} configured`,
      syncPhase: 'Sync',
      ...(refused.has(image) ? {} : { hookPhase: 'Running' }),
    }));
  }

  /** The resource tree in the form of Argo CD's API. If the application is degraded as a whole, all workloads are. */
  tree(namespace: string, isDegraded: boolean): object {
    return { nodes: this.#workloads.flatMap((workload) => nodesOf(workload, namespace, isDegraded)) };
  }
}

function nodesOf({ name, image, fate, before }: Workload, namespace: string, isDegraded: boolean): readonly object[] {
  const isBroken = fate === 'breaks' || (isDegraded && fate === 'runs');
  const status = isBroken ? 'Degraded' : fate === 'hangs' ? 'Progressing' : 'Healthy';
  const node = (kind: string, group: string, suffix: string, parent: object | undefined, rest: object): object => ({
    group,
    version: 'v1',
    kind,
    namespace,
    name: name + suffix,
    uid: uidOf(namespace, kind, name + suffix),
    ...(parent && { parentRefs: [parent] }),
    ...rest,
  });
  const reference = (kind: string, suffix: string): object => {
    return { group: 'apps', kind, namespace, name: name + suffix, uid: uidOf(namespace, kind, name + suffix) };
  };
  const replicas = (pod: string, health: object): readonly object[] => {
    const suffix = `-${createHash('sha1').update(pod).digest('hex').slice(0, 8)}`;
    return [
      node('ReplicaSet', 'apps', suffix, reference('Deployment', ''), { health: { status: 'Healthy' } }),
      node('Pod', '', `${suffix}-0`, reference('ReplicaSet', suffix), { images: [pod], health }),
    ];
  };
  const why = isBroken ? { message: `Deployment "${name}" exceeded its progress deadline` } : {};
  const whyPod = isBroken ? { message: `Back-off pulling image "${image}"` } : {};
  return [
    node('Deployment', 'apps', '', undefined, { health: { status, ...why } }),
    ...(before === undefined ? [] : replicas(before, { status: 'Healthy' })),
    ...replicas(image, { status, ...whyPod }),
  ];
}

function nameOf(image: string): string {
  return image
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^.*\//, '');
}

function uidOf(...parts: readonly string[]): string {
  const hex = createHash('sha1').update(parts.join('/')).digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
