import type { DevOpsAccess } from '../../../lib/azure-devops/access.ts';
import {
  makeHookSubscriptions,
  type HookSubscription,
  type HookSubscriptions,
} from '../../../lib/azure-devops/hook-subscriptions.ts';
import { Failure } from '../../../lib/model/failure.ts';
import type { Services } from '../../services.ts';
import { compareHooks, hookBody, type HookStep, type ResolvedHook } from './compare-hooks.ts';
import type { HookTarget } from './hook-target.ts';
import type { WantedHook } from './wanted-hooks.ts';

/** The step that was done, or would be done in a dry run, for one service hook. It holds no key. */
export interface ConnectedHook {
  readonly event: string;
  /** `project` or `project/repository`. */
  readonly place: string;
  /** URL of the receiver. */
  readonly to: string;
  readonly done: HookStep['kind'] | 'created' | 'updated' | 'failed';
  readonly differs: readonly string[];
  readonly serves: readonly string[];
  readonly id?: string;
  /** Azure DevOps has had trouble with it: `onProbation`, `disabledBySystem`. */
  readonly status?: string;
  readonly failure?: string;
}

export interface ConnectedCollection {
  readonly collection: string;
  /** The reason why nothing could be checked. */
  readonly failure?: string;
  readonly hooks: readonly ConnectedHook[];
  /** Subscriptions of the app that no route wants. */
  readonly others: readonly { readonly id: string; readonly event: string }[];
}

/** The hooks that call one receiver. */
export interface HooksOfTarget {
  readonly hooks: readonly WantedHook[];
  readonly target: HookTarget;
}

interface CollectionRequest {
  readonly collection: string;
  readonly targets: readonly HooksOfTarget[];
  /** Change nothing. */
  readonly isDry: boolean;
}

/** Creates or updates the service hooks of one collection. A failure is reported, and the other hooks are still created. */
export async function connectCollection(
  services: Pick<Services, 'connections' | 'access'>,
  { collection, targets, isDry }: CollectionRequest,
): Promise<ConnectedCollection> {
  try {
    const subscriptions = makeHookSubscriptions(services.connections(collection));
    const access = services.access(collection);
    const existing = await subscriptions.list();
    const hooks: ConnectedHook[] = [];
    const others: HookSubscription[] = [];
    for (const one of targets) {
      const connected = await connectTarget(one, { existing, subscriptions, access, isDry });
      hooks.push(...connected.hooks);
      others.push(...connected.others);
    }
    return { collection, hooks, others: others.map(({ id, eventType }) => ({ id, event: eventType })) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { collection, failure: reasonOf(error), hooks: [], others: [] };
  }
}

interface Connecting {
  readonly existing: readonly HookSubscription[];
  readonly subscriptions: HookSubscriptions;
  readonly access: DevOpsAccess;
  readonly isDry: boolean;
}

async function connectTarget(
  { hooks, target }: HooksOfTarget,
  { existing, subscriptions, access, isDry }: Connecting,
): Promise<{ readonly hooks: readonly ConnectedHook[]; readonly others: readonly HookSubscription[] }> {
  const failed: ConnectedHook[] = [];
  const resolved: ResolvedHook[] = [];
  for (const hook of hooks) {
    const ids = await orReason(() => resolve(hook, access));
    if (typeof ids === 'string') failed.push({ ...briefly(hook, target), done: 'failed', differs: [], failure: ids });
    else resolved.push(ids);
  }
  const { steps, others } = compareHooks(resolved, existing, target);
  const done: ConnectedHook[] = [];
  for (const step of steps) done.push(isDry ? describe(step, target) : await take(step, target, subscriptions));
  return { hooks: [...done, ...failed], others };
}

async function take(step: HookStep, target: HookTarget, subscriptions: HookSubscriptions): Promise<ConnectedHook> {
  const { kind, hook, found } = step;
  const id = found?.id;
  if (kind === 'unchanged' || kind === 'disabled') return describe(step, target);
  const saved = await orReason(() =>
    id === undefined ? subscriptions.create(hookBody(hook, target)) : subscriptions.replace(id, hookBody(hook, target)),
  );
  if (typeof saved === 'string') return { ...describe(step, target), done: 'failed', failure: saved };
  return { ...describe(step, target), done: kind === 'create' ? 'created' : 'updated', id: saved.id };
}

async function resolve(hook: WantedHook, access: DevOpsAccess): Promise<ResolvedHook> {
  const { project, repository } = hook;
  if (repository === undefined) return { ...hook, projectId: (await access.project(project)).id };
  const found = await access.repository(project, repository);
  return { ...hook, projectId: found.project.id, repositoryId: found.id };
}

function describe({ kind, hook, found, differs }: HookStep, target: HookTarget): ConnectedHook {
  return {
    ...briefly(hook, target),
    done: kind,
    differs,
    ...(found && { id: found.id }),
    ...(found && found.status !== 'enabled' && { status: found.status }),
  };
}

function briefly({ eventType, project, repository, serves }: WantedHook, { url }: HookTarget) {
  const place = repository === undefined ? project : `${project}/${repository}`;
  return { event: eventType, place, to: url, serves };
}

async function orReason<T extends object>(run: () => Promise<T>): Promise<T | string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Failure) return reasonOf(error);
    throw error;
  }
}

function reasonOf({ code, message }: Failure): string {
  const advice =
    code === 'permission-denied'
      ? ' Creating service hooks requires a project administrator, or the permission Edit subscriptions.'
      : code === 'sign-in-failed'
        ? ' Here: az login, or AZURE_DEVOPS_PAT in the environment.'
        : '';
  return `${code}: ${message}${advice}`;
}
