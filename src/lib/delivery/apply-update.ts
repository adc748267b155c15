import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Repositories } from '../git/repositories.ts';
import { imageName } from '../model/image-reference.ts';
import { isPreview, ofTag } from '../routes/preview.ts';
import { requireComplete } from '../routes/require-complete.ts';
import type { Environment, RouteTable } from '../routes/route.ts';
import { BranchWriter } from './branch-writer.ts';
import type { BranchWriterDeps } from './branch-writer.ts';
import type { Outcome } from '../model/outcome.ts';
import { proposalTarget } from './propose/proposal-target.ts';
import { isAutomaticRollback } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import type { Target } from './delivery.ts';
import { notTaken } from './plan/not-taken.ts';
import { targetOf } from './target.ts';
import { hostOf } from '../net/host-share.ts';
import type { HostShare } from '../net/host-share.ts';

export interface ApplyUpdateDeps extends Omit<BranchWriterDeps, 'refusal'> {
  readonly hosts: Pick<HostShare, 'isFull' | 'refusal'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly repositories: Repositories;
  /** Records an update that another tool deploys. */
  readonly deliverPreview: (resolved: ResolvedUpdate) => Promise<Outcome>;
}

export interface ApplyOptions {
  readonly isSuspect?: boolean;
  /** Propose the update by pull request, whatever the environment's delivery is. */
  readonly proposes?: boolean;
  /** A window or freeze held it back before. */
  readonly isReleased?: boolean;
}

export type ApplyUpdate = (update: TagUpdate, options?: ApplyOptions) => Promise<Outcome>;

/** Applies a tag update by the routes of the moment. Failures that concern only this update are outcomes. */
export function makeApplyUpdate(deps: ApplyUpdateDeps): ApplyUpdate {
  const writers = new Map<string, BranchWriter>();
  const refusal = (host: string): Failure | undefined =>
    deps.hosts.isFull(host) ? deps.hosts.refusal(host) : undefined;

  function submit(target: Target, resolved: ResolvedUpdate): Promise<Outcome> {
    const host = hostOf(resolved.environment.repository);
    const writer = writers.get(target.key) ?? new BranchWriter(target, { ...deps, refusal: () => refusal(host) });
    writers.set(target.key, writer);
    return writer.submit(resolved);
  }

  return async (update, { isSuspect = false, isReleased = false, proposes = false } = {}) => {
    try {
      const environment = await deps.findEnvironment(update);
      if (!environment) throw routeGone(update);
      const refusal = notTaken(update, environment);
      if (refusal !== undefined) throw routeGone(update, refusal);
      const resolved = { update, environment, isSuspect, isReleased };
      if (isPreview(environment)) return await deps.deliverPreview(resolved);
      const proposal = (): Target => proposalTarget(update, environment, deps.repositories);
      if (proposes || isProposed(update, environment)) return await submit(proposal(), resolved);
      const outcome = await submit(targetOf(environment, deps.repositories), resolved);
      if (!isRefused(outcome) || update.cause.kind !== 'rollback') return outcome;
      if (!deps.repositories.open(environment.repository).pullRequests) return outcome;
      const reason = `${update.cause.reason}; the branch refused the push (${outcome.failure.code})`;
      const refused = { ...update, cause: { ...update.cause, reason: reason.slice(0, 1_000) } };
      return await submit(proposal(), { ...resolved, update: refused });
    } catch (error) {
      if (error instanceof Failure) return { kind: 'failed', failure: error };
      throw error;
    }
  };
}

/** `onFailure: revert` pushes, also where updates are proposed. */
function isProposed(update: TagUpdate, { delivery, onFailure }: Environment): boolean {
  return isAutomaticRollback(update) && delivery !== 'observe' ? onFailure === 'propose' : delivery === 'pull-request';
}

/** Whether the branch takes no push of tagrelay, as one that requires pull requests. */
function isRefused(outcome: Outcome): outcome is Extract<Outcome, { readonly kind: 'failed' }> {
  return outcome.kind === 'failed' && refusals.has(outcome.failure.code);
}

const refusals: ReadonlySet<FailureCode> = new Set(['push-rejected-by-policy', 'push-refused', 'permission-denied']);

/** Looks up the environment that an update is for. */
export function makeFindEnvironment(
  routes: () => Promise<RouteTable>,
): (update: TagUpdate) => Promise<Environment | undefined> {
  return async ({ image, route: routeName, environment }) => {
    const table = await routes();
    const route = table.match(imageName(image));
    if (!route) requireComplete(table);
    if (route?.name !== routeName) return undefined;
    const found = route.environments.find(({ name }) => name === environment);
    return found && ofTag(found, image.tag);
  };
}

/** @param refusal why the environment does not take it */
function routeGone({ image, route, environment }: TagUpdate, refusal?: string): Failure {
  const text =
    refusal === undefined
      ? `No route takes ${imageName(image)} to ${environment} as ${route} any more.`
      : `${environment} of ${route} does not take ${image.tag} any more: ${refusal}.`;
  return new Failure('route-gone', text, { place: { route, environment } });
}
