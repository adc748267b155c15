import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Health } from './application.ts';
import type { ImageFate, Pace } from './options.ts';

/** A workload with one container: its desired image, and the image of its old pods. */
interface Workload {
  readonly name: string;
  readonly image: string;
  readonly fate: ImageFate;
  /** The image that keeps running while the new pod does not start. */
  before?: string;
  /** The pods start, are ready, or were not ready within the progress deadline. */
  rollout: 'starting' | 'ready' | 'expired';
}

export interface ClusterDeps {
  readonly fateOf: (image: string) => ImageFate;
  readonly pace: Pick<Pace, 'healthMs' | 'deadlineMs'>;
  readonly signal: AbortSignal;
  /** The live state has changed. */
  readonly onChange: () => void;
}

/** The live side of an application: a workload for each image. */
export class Cluster {
  #workloads: readonly Workload[] = [];
  /** Workloads that are no longer desired, and were not pruned. */
  #leftovers: readonly Workload[] = [];
  #override: Health | undefined;
  readonly #deps: ClusterDeps;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
  }

  /** The images ran before the stand-in started. */
  adopt(images: readonly string[]): void {
    this.#workloads = images.map((image) => {
      const fate = this.#deps.fateOf(image);
      return { name: nameOf(image), image, fate, rollout: fate === 'runs' ? 'ready' : 'expired' };
    });
  }

  /**
   * Rolls out changed images; old pods end once the new one runs. A refused image leaves its workload unchanged.
   *
   * @returns whether an image has changed
   */
  apply(images: readonly string[], prune: boolean): boolean {
    const before = [...this.#workloads, ...this.#leftovers];
    let hasChanged = false;
    this.#workloads = images.flatMap((image) => {
      const name = nameOf(image);
      const current = before.find((workload) => workload.name === name);
      if (current?.image === image) return current;
      if (this.#deps.fateOf(image) === 'refused') return current ?? [];
      hasChanged = true;
      this.#override = undefined;
      const running = current?.rollout === 'ready' ? current.image : current?.before;
      const workload: Workload = { name, image, fate: this.#deps.fateOf(image), rollout: 'starting' };
      if (running !== undefined) workload.before = running;
      void this.#rollOut(workload);
      return workload;
    });
    const names = new Set(this.#workloads.map(({ name }) => name));
    this.#leftovers = prune ? [] : before.filter(({ name }) => !names.has(name));
    return hasChanged;
  }

  async #rollOut(workload: Workload): Promise<void> {
    const { pace, signal, onChange } = this.#deps;
    const waitMs = workload.fate === 'runs' ? pace.healthMs : pace.deadlineMs;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined); // Closed: nothing changes any more.
    if (signal.aborted || workload.fate === 'hangs') return;
    workload.rollout = workload.fate === 'runs' ? 'ready' : 'expired';
    if (workload.rollout === 'ready') delete workload.before;
    onChange();
  }

  /** Changes the live state without a commit: a pod breaks or recovers. */
  override(health: Health): void {
    this.#override = health;
    this.#deps.onChange();
  }

  get hasLeftovers(): boolean {
    return this.#leftovers.length > 0;
  }

  /** The health of the rollout. */
  health(): Health {
    if (this.#override) return this.#override;
    const rollouts = new Set([...this.#workloads, ...this.#leftovers].map(healthOf));
    return rollouts.has('Degraded') ? 'Degraded' : rollouts.has('Progressing') ? 'Progressing' : 'Healthy';
  }

  /** The images of all pods, in the form of `status.summary.images`. */
  images(): readonly string[] {
    const workloads = [...this.#workloads, ...this.#leftovers];
    const images = workloads.flatMap(({ image, before }) => (before === undefined ? [image] : [before, image]));
    return [...new Set(images)].sort();
  }

  /** The result of an operation for each resource. */
  syncResults(namespace: string, images: readonly string[]): readonly ResourceResult[] {
    const refused = new Set(images.filter((image) => this.#deps.fateOf(image) === 'refused'));
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

  /** The resource tree in the form of Argo CD's API. An override of the health changes all workloads. */
  tree(namespace: string): object {
    const isDegraded = this.#override === 'Degraded';
    const workloads = [...this.#workloads, ...this.#leftovers];
    return { nodes: workloads.flatMap((workload) => nodesOf(workload, namespace, isDegraded)) };
  }
}

/** The result of an operation for one resource. */
export interface ResourceResult {
  readonly status: 'Synced' | 'SyncFailed';
  readonly message: string;
}

function healthOf({ rollout, fate }: Workload): Health {
  if (rollout === 'ready') return 'Healthy';
  return rollout === 'expired' && fate === 'breaks' ? 'Degraded' : 'Progressing';
}

function nodesOf(workload: Workload, namespace: string, isDegraded: boolean): readonly object[] {
  const { name, image, before } = workload;
  const own = healthOf(workload);
  const isBroken = own === 'Degraded' || (isDegraded && own === 'Healthy');
  const status = isBroken ? 'Degraded' : own;
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
