import pLimit from 'p-limit';
import { isReplaced } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import type { DeploymentFilter } from '../deployments/deployment-index.ts';
import { replayNumber } from '../model/tag-update.ts';
import { isAskedRoute, isRouteName } from './concerns.ts';
import type { Awaited } from './decide-gate.ts';
import { findNewer, isPushUnderWay } from './find-newer.ts';
import type { FindNewerDeps } from './find-newer.ts';
import type { Gate } from './gate.ts';

export type FindAwaitedDeps = FindNewerDeps;

/** The most records that are read for one filter, and for one page: those of one request. */
const mostAwaited = 5_000;
const pageSize = 999;
/** More named routes than this are found in one list of all. */
const mostNamed = 6;
/** Describing a superseded deployment takes several reads. */
const parallelReads = 16;

/**
 * The newest deployment of each route that the gate selects, each superseded one with the deployment that supersedes it.
 * Older ones decide nothing: a stage was run again, the tag was moved, or the source commit was built again.
 */
export async function findAwaited(
  gate: Pick<Gate, 'task' | 'question'>,
  deps: FindAwaitedDeps,
): Promise<readonly Awaited[]> {
  const newest = new Map<string, Deployment>();
  for (const deployment of await findSelected(gate, deps)) {
    const { route } = deployment.update;
    const known = newest.get(route);
    if (isAskedRoute(gate.question.routes, route) && (!known || isNewer(deployment, known))) {
      newest.set(route, deployment);
    }
  }
  const limit = pLimit(parallelReads);
  return Promise.all([...newest.values()].map((deployment) => limit(() => describe(deployment, deps))));
}

/** Compares the times at which records began. */
function isNewer(one: Deployment, other: Deployment): boolean {
  const [first = 0, second = 0] = [one, other].map(({ states }) => Date.parse(states[0]?.at ?? ''));
  return first === second ? replayNumber(one.update) > replayNumber(other.update) : first > second;
}

async function findSelected(
  { task, question }: Pick<Gate, 'task' | 'question'>,
  deps: FindAwaitedDeps,
): Promise<readonly Deployment[]> {
  const { routes, selector } = question;
  const filters = filtersOf({ task, question });
  // A moving tag can have thousands of records. Build and commit have few.
  if (selector.kind === 'tag' && routes?.every(isRouteName) === true && routes.length <= mostNamed) {
    const pages = routes.map((route) => deps.index.list({ ...filters[0], route }, { limit: 1 }));
    return (await Promise.all(pages)).flatMap(({ deployments }) => deployments);
  }
  return (await Promise.all(filters.map((filter) => listAll(filter, deps)))).flat();
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
    const page = await index.list(filter, { limit: pageSize, ...(after === undefined ? {} : { after }) });
    found.push(...page.deployments);
    after = page.next;
  } while (after !== undefined && found.length < mostAwaited);
  return found;
}

async function describe(deployment: Deployment, deps: FindAwaitedDeps): Promise<Awaited> {
  const own = { deployment, hasApplication: await hasApplication(deployment, deps) };
  if (!isReplaced(deployment)) return own;
  // Read first: an intent is removed after mark and record are written, so one of the two is seen.
  const isUnderWay = await isPushUnderWay(deployment, deps);
  const newer = await findNewer(deployment, deps);
  const isKnown = newer !== 'not-there-yet' && (!isUnderWay || (newer && !isReplaced(newer)));
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
