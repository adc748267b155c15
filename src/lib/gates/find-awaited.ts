import type { Deployment } from '../model/deployment.ts';
import type { DeploymentFilter } from '../deployments/deployment-index.ts';
import { jobOf, replayNumber } from '../model/tag-update.ts';
import { isAskedRoute } from './concerns.ts';
import type { Awaited } from './decide-gate.ts';
import { findNewer, isPushUnderWay } from './find-newer.ts';
import type { FindNewerDeps } from './find-newer.ts';
import type { Gate } from './gate.ts';

export type FindAwaitedDeps = FindNewerDeps;

const mostAwaited = 1_000;

/** The deployments that a gate waits for, each superseded one with the deployment that supersedes it. */
export async function findAwaited(
  gate: Pick<Gate, 'task' | 'question'>,
  deps: FindAwaitedDeps,
): Promise<readonly Awaited[]> {
  const byJob = new Map<string, Deployment>();
  for (const filter of filtersOf(gate)) {
    for (const deployment of await listAll(filter, deps)) {
      if (!isAskedRoute(gate.question.routes, deployment.update.route)) continue;
      // A replay replaces the deployment that it repeats.
      const job = jobOf(deployment.update);
      const known = byJob.get(job);
      if (!known || replayNumber(known.update) <= replayNumber(deployment.update)) byJob.set(job, deployment);
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
  // Read first: an intent is removed after mark and record are written, so one of the two is seen.
  const isUnderWay = await isPushUnderWay(deployment, deps);
  const newer = await findNewer(deployment, deps);
  const isKnown = newer !== 'not-there-yet' && (!isUnderWay || (newer && newer.state !== 'superseded'));
  if (!isKnown) return { ...own, mayHaveNewer: true };
  return newer ? { ...own, newer: { deployment: newer, hasApplication: await hasApplication(newer, deps) } } : own;
}

async function hasApplication(
  { update, applications }: Deployment,
  { findEnvironment }: Pick<FindAwaitedDeps, 'findEnvironment'>,
): Promise<boolean> {
  const names = applications ?? (await findEnvironment(update))?.application ?? [];
  return names.length > 0;
}
