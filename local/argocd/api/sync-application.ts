import { z } from 'zod';
import type { Answer } from '../../registry/http.ts';
import type { Access } from '../access/access.ts';
import type { Operation } from '../application.ts';
import type { Controller } from '../controller.ts';
import type { Repositories } from '../repositories.ts';
import { objectOf } from './find-application.ts';
import { refusal } from './refusal.ts';

/** The fields of an `ApplicationSyncRequest` that the stand-in reads. */
export const syncRequestSchema = z.object({
  appNamespace: z.string().nullish(),
  project: z.string().nullish(),
  revision: z.string().nullish(),
  revisions: z.array(z.string()).nullish(),
  sourcePositions: z.array(z.coerce.number().int()).nullish(),
  prune: z.boolean().nullish(),
  dryRun: z.boolean().nullish(),
  syncOptions: z.object({ items: z.array(z.string()) }).nullish(),
  retryStrategy: z.object({ limit: z.coerce.number().int().optional() }).nullish(),
});

export type SyncRequest = z.infer<typeof syncRequestSchema>;

/**
 * Requests a sync as `Sync` in `server/application/application.go` of argoproj/argo-cd does: the sync windows are checked
 * before the right to sync. With automated sync only the target revision is taken.
 */
export async function syncApplication(
  controller: Controller,
  request: SyncRequest,
  {
    access,
    account,
    repositories,
  }: { readonly access: Access; readonly account: string; readonly repositories: Repositories },
): Promise<Answer> {
  if (!controller.canSync(true)) return refusal('permission-denied', 'cannot sync: blocked by sync window');
  const object = objectOf(controller);
  if (!access.allows(account, 'applications', 'sync', object))
    return refusal('permission-denied', `permission denied: applications, sync, ${object}, sub: ${account}`);
  const { syncPolicy } = controller.application.spec;
  const { sources } = controller.options;
  const resolved: string[] = [];
  for (const [index, { repoURL, chart, targetRevision = 'HEAD' }] of sources.entries()) {
    const revision = revisionFor(request, index, sources.length) ?? targetRevision;
    if (syncPolicy.automated && request.dryRun !== true && revision !== targetRevision) {
      const source = sources.length === 1 ? '' : `source ${repoURL} `;
      const message = `Cannot sync ${source}to ${revision}: auto-sync currently set to ${targetRevision}`;
      return refusal('failed-precondition', message);
    }
    const commit = chart === undefined ? await repositories.resolve(repoURL, revision) : revision;
    if (commit === undefined) {
      const reason = `rpc error: code = Unknown desc = unable to resolve '${revision}' to a commit SHA`;
      return refusal('failed-precondition', `error resolving repo revision: ${reason}`);
    }
    resolved.push(commit);
  }
  const syncOptions = request.syncOptions?.items ?? syncPolicy.syncOptions;
  const retry = request.retryStrategy ?? syncPolicy.retry;
  const operation: Operation = {
    initiatedBy: { username: account },
    sync: {
      ...(sources.length === 1 ? { revision: resolved[0] ?? '' } : { revisions: resolved }),
      ...(request.prune === true && { prune: true }),
      ...(syncOptions && { syncOptions }),
    },
    ...(retry && { retry: retry.limit === undefined ? {} : { limit: retry.limit } }),
  };
  if (request.dryRun === true || controller.startOperation(operation))
    return { status: 200, body: controller.application };
  const reason = 'rpc error: code = FailedPrecondition desc = another operation is already in progress';
  return refusal('failed-precondition', `error setting app operation: ${reason}`);
}

/** Of several sources, each position (from 1) names a revision. */
function revisionFor(
  { revision, revisions, sourcePositions }: SyncRequest,
  index: number,
  sources: number,
): string | undefined {
  if (sources === 1) return revision || undefined;
  const at = sourcePositions?.indexOf(index + 1) ?? -1;
  return at < 0 ? undefined : revisions?.[at];
}
