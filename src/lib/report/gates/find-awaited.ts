import type { Deployment } from '../../deployments/deployment.ts';
import type { DeploymentFilter, DeploymentIndex } from '../../deployments/deployment-index.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { Environment } from '../../routes/route.ts';
import type { TagUpdate } from '../../updates/tag-update.ts';
import { isAskedRoute } from './concerns.ts';
import type { Awaited } from './decide-gate.ts';
import type { Gate } from './gate.ts';

export interface FindAwaitedDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly store: Pick<DeploymentStore, 'findMark'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
}

const mostAwaited = 1_000;

/** The deployments that a gate waits for, each with the one that took its place where it was superseded. */
export async function findAwaited(
  gate: Pick<Gate, 'task' | 'question'>,
  deps: FindAwaitedDeps,
): Promise<readonly Awaited[]> {
  const byJob = new Map<string, Deployment>();
  for (const filter of filtersOf(gate)) {
    for (const deployment of await listAll(filter, deps)) {
      if (!isAskedRoute(gate.question.routes, deployment.update.route)) continue;
      // A replay stands for what it repeats.
      const job = deployment.update.replay?.of ?? deployment.update.id;
      const known = byJob.get(job);
      if (!known || replayNumber(known) <= replayNumber(deployment)) byJob.set(job, deployment);
    }
  }
  return Promise.all([...byJob.values()].map((deployment) => describe(deployment, deps)));
}

function filtersOf({ task, question }: Pick<Gate, 'task' | 'question'>): readonly DeploymentFilter[] {
  const { environment, selector } = question;
  switch (selector.kind) {
    case 'build':
      return [{ environment, build: { id: selector.build, collection: task.collection } }];
    case 'tag':
      return [{ environment, tag: selector.tag }];
    case 'commit':
      return [
        { environment, commit: selector.commit },
        { environment, source: selector.commit },
      ];
    default:
      return selector satisfies never;
  }
}

async function listAll(filter: DeploymentFilter, { index }: FindAwaitedDeps): Promise<readonly Deployment[]> {
  const found: Deployment[] = [];
  let after: string | undefined;
  do {
    const page = await index.list(filter, { limit: 200, ...(after === undefined ? {} : { after }) });
    found.push(...page.deployments);
    after = page.next;
  } while (after !== undefined && found.length < mostAwaited);
  return found;
}

async function describe(deployment: Deployment, deps: FindAwaitedDeps): Promise<Awaited> {
  const own = { deployment, hasApplication: await hasApplication(deployment, deps) };
  if (deployment.state !== 'superseded') return own;
  const newer = await findNewer(deployment, deps);
  return newer ? { ...own, newer: { deployment: newer, hasApplication: await hasApplication(newer, deps) } } : own;
}

/** What the mark stands for: the newest that was ever committed there. None where that is the deployment itself. */
async function findNewer({ update }: Deployment, { index, store }: FindAwaitedDeps): Promise<Deployment | undefined> {
  const { route, environment } = update;
  const mark = await store.findMark({ route, environment });
  if (!mark) return undefined;
  const filter = { route, environment, ...(mark.commit === undefined ? { tag: mark.tag } : { commit: mark.commit }) };
  const { deployments } = await index.list(filter, { limit: 20 });
  const found = deployments.find((one) => one.update.image.tag === mark.tag) ?? deployments[0];
  return found?.update.id === update.id ? undefined : found;
}

async function hasApplication(
  { update, applications }: Deployment,
  { findEnvironment }: FindAwaitedDeps,
): Promise<boolean> {
  const names = applications ?? (await findEnvironment(update))?.application ?? [];
  return names.length > 0;
}

function replayNumber({ update }: Deployment): number {
  return update.replay?.number ?? 0;
}
