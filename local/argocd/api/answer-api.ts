import type { Answer, Request } from '../../registry/http.ts';
import type { Access } from '../access/access.ts';
import type { Repositories } from '../repositories.ts';
import { applicationPage } from './application-page.ts';
import { trackedBy } from '../application.ts';
import type { ApplicationSetOptions } from '../options.ts';
import { findApplication, objectOf, policyObject } from './find-application.ts';
import { receiveGitWebhook, type GitWebhookDeps } from './git-webhook.ts';
import { refusal } from './refusal.ts';
import { syncApplication, syncRequestSchema } from './sync-application.ts';

export interface ApiDeps extends GitWebhookDeps {
  readonly access: Access;
  readonly applicationSets: readonly ApplicationSetOptions[];
  readonly repositories: Repositories;
}

const maxSyncBytes = 1024 * 1024;

/**
 * Answers like Argo CD's API: applications, their resource trees, refreshes, syncs, the rights of the account, and the
 * receiver of pushes. Without a known token the answer is 401.
 */
export async function answerApi(request: Request, deps: ApiDeps): Promise<Answer> {
  const { controllers, access } = deps;
  const { method, path, headers } = request;
  if (path === '/api/version') return { status: 200, body: { Version: 'v3.5.1+stand-in' } };
  if (path === '/api/webhook') return receiveGitWebhook(request, deps);
  const [, namespace, page] = /^\/applications\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (page !== undefined) return applicationPage(controllers.get(`${namespace}/${page}`));
  const account = access.accountOf(headers.authorization ?? '');
  if (account === undefined) return refusal('unauthenticated', 'no session information');
  if (path === '/api/v1/session/userinfo' && method === 'GET')
    return { status: 200, body: { loggedIn: true, username: account, iss: 'argocd' } };
  const [, resource, action, object] = /^\/api\/v1\/account\/can-i\/([^/]+)\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (resource !== undefined && action !== undefined && object !== undefined && method === 'GET')
    return { status: 200, body: { value: access.allows(account, resource, action, object) ? 'yes' : 'no' } };
  if (path === '/api/v1/applications' && method === 'GET') {
    const visible = [...controllers.values()].filter((controller) =>
      access.allows(account, 'applications', 'get', objectOf(controller)),
    );
    return { status: 200, body: { items: visible.map(({ application }) => application) } };
  }
  const [, set] = /^\/api\/v1\/applicationsets\/([^/]+)$/.exec(path) ?? [];
  if (set !== undefined && method === 'GET')
    return answerApplicationSet(set, request.query.get('appsetNamespace') || 'argocd', account, deps);
  return answerApplication(request, account, deps);
}

/** As `Get` in `server/applicationset/applicationset.go` of argoproj/argo-cd: every account learns that a set does not exist. */
function answerApplicationSet(
  name: string,
  namespace: string,
  account: string,
  { applicationSets, access }: ApiDeps,
): Answer {
  const found = applicationSets.find((one) => one.name === name && (one.namespace ?? 'argocd') === namespace);
  if (!found) return refusal('not-found', `applicationsets.argoproj.io "${name}" not found`);
  const object = policyObject(found.project, namespace, name);
  if (!access.allows(account, 'applicationsets', 'get', object))
    return refusal('permission-denied', `permission denied: applicationsets, get, ${object}, sub: ${account}`);
  const tracking = trackedBy(found.heldBy, 'ApplicationSet', `${namespace}/${name}`);
  return { status: 200, body: { metadata: { name, namespace, ...tracking }, spec: {} } };
}

async function answerApplication(request: Request, account: string, deps: ApiDeps): Promise<Answer> {
  const { method, path, query, body } = request;
  const [, name, part] = /^\/api\/v1\/applications\/([^/]+)(\/resource-tree|\/sync)?$/.exec(path) ?? [];
  if (name === undefined || method !== (part === '/sync' ? 'POST' : 'GET')) return refusal('not-found', 'Not Found');
  if (part === '/sync') {
    const read = body.length > maxSyncBytes ? undefined : syncRequestSchema.safeParse(parseBody(body));
    if (!read?.success) return refusal('invalid-argument', 'the body is not an ApplicationSyncRequest');
    const { appNamespace, project } = read.data;
    const found = findApplication(deps.controllers, deps.access, account, { name, namespace: appNamespace, project });
    return 'status' in found ? found : syncApplication(found, read.data, { ...deps, account });
  }
  const asked = { name, namespace: query.get('appNamespace'), project: query.get('project') };
  const found = findApplication(deps.controllers, deps.access, account, asked);
  if ('status' in found) return found;
  if (part === '/resource-tree') return { status: 200, body: found.cluster.tree(found.application.metadata.name) };
  if (query.get('refresh') === 'normal' || query.get('refresh') === 'hard') {
    deps.onRefresh(found.name);
    // Like Argo CD, the answer waits until the comparison is done.
    await found.refreshed();
  }
  return { status: 200, body: found.application };
}

/** An empty body is an empty request. */
function parseBody(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // Answered with 400.
  }
}
