import type { DeploymentIndex } from '../../deployments/deployment-index.ts';
import type { DeploymentStore, EnvironmentKey, MarkHistory } from '../../deployments/store.ts';
import type { Clock } from '../../model/clock.ts';
import type { Mark, MarkChange } from '../../model/deployment.ts';
import { routeByName } from '../../routes/match/route-by-name.ts';
import { compareTags } from '../../routes/match/tag-policy.ts';
import type { Environment, RouteTable } from '../../routes/route.ts';

export interface ChangeMarkDeps {
  readonly store: Pick<DeploymentStore, 'findMark'> & MarkHistory;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly routes: () => Promise<RouteTable>;
  readonly now: Clock;
  readonly newId: () => string;
}

/** A change of a mark that a person asks for. Without `tag` the mark is cleared. */
export interface MarkRequest extends EnvironmentKey {
  readonly reason: string;
  readonly tag?: string;
  readonly digest?: string;
  /** ISO 8601. */
  readonly pushedAt?: string;
}

export type MarkRefusal =
  | { readonly kind: 'environment-not-found' }
  | { readonly kind: 'invalid'; readonly reason: string };
export type ChangedMark =
  | { readonly kind: 'changed'; readonly before: Mark | undefined; readonly mark: Mark | undefined }
  | MarkRefusal;
export type FoundMark =
  | { readonly kind: 'found'; readonly mark: Mark | undefined; readonly history: readonly MarkChange[] }
  | { readonly kind: 'environment-not-found' };

const historyLimit = 20;
const clockSkewMs = 5 * 60 * 1000;

/** The mark of an environment and its last changes by people. A mark can outlive its route. */
export async function findMark(
  key: EnvironmentKey,
  { store, routes }: Pick<ChangeMarkDeps, 'store' | 'routes'>,
): Promise<FoundMark> {
  const [mark, history] = await Promise.all([store.findMark(key), store.markHistory(key, historyLimit)]);
  const isKnown = mark !== undefined || history.length > 0 || findEnvironment(await routes(), key) !== undefined;
  return isKnown ? { kind: 'found', mark, history } : { kind: 'environment-not-found' };
}

/** Sets or clears a mark. The change is recorded with its reason. */
export async function changeMark(request: MarkRequest, deps: ChangeMarkDeps): Promise<ChangedMark> {
  const { route, environment, reason } = request;
  const made = await makeMark(request, deps);
  if (made.kind !== 'made') return made;
  const { mark } = made;
  const at = deps.now().toISOString();
  const before = await deps.store.setMark({ route, environment }, { id: deps.newId(), at, reason, mark });
  return { kind: 'changed', before, mark };
}

async function makeMark(
  { route, environment: name, tag, digest, pushedAt, reason }: MarkRequest,
  { routes, index, now }: ChangeMarkDeps,
): Promise<{ readonly kind: 'made'; readonly mark: Mark | undefined } | MarkRefusal> {
  if (tag === undefined) return { kind: 'made', mark: undefined };
  const key = { route, environment: name };
  const environment = findEnvironment(await routes(), key);
  if (!environment) return { kind: 'environment-not-found' };
  const known = await index.list({ ...key, tag }, { limit: 1 });
  const pushed = pushedAt ?? known.deployments[0]?.update.pushedAt ?? now().toISOString();
  if (Date.parse(pushed) > now().getTime() + clockSkewMs) {
    return invalid('`pushedAt` is in the future, so no push would be newer until then.');
  }
  const dated = { tag, pushedAt: new Date(pushed) };
  if (compareTags(environment.tags, dated, dated) === undefined) {
    const { order, match } = environment.tags;
    const rule = match === undefined ? order : `${order} of ${match}`;
    return invalid(`The order of this environment (${rule}) cannot compare the tag ${tag}.`);
  }
  return { kind: 'made', mark: { tag, pushedAt: pushed, reason, ...(digest === undefined ? {} : { digest }) } };
}

function invalid(reason: string): MarkRefusal {
  return { kind: 'invalid', reason };
}

function findEnvironment(table: RouteTable, { route, environment }: EnvironmentKey): Environment | undefined {
  return routeByName(table, route)?.environments.find((candidate) => candidate.name === environment);
}
