import { createHash, timingSafeEqual } from 'node:crypto';
import type { Answer, Request } from '../registry/http.ts';
import type { Controller } from './controller.ts';

/**
 * Answers like Argo CD's API: `GET /api/v1/applications`, `/api/v1/applications/{name}?appNamespace=` and
 * `…/resource-tree`. `refresh=normal` compares with the repository first. Without the token the answer is 401. A missing application is 403, like one without the right to get it.
 */
export async function answerApi(
  request: Request,
  controllers: ReadonlyMap<string, Controller>,
  token: string,
): Promise<Answer> {
  const { method, path, query, headers } = request;
  if (path === '/api/version') return { status: 200, body: { Version: 'v3.0.0+stand-in' } };
  const [, namespace, page] = /^\/applications\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (page !== undefined) return answerPage(controllers.get(`${namespace}/${page}`));
  if (!isSame(headers.authorization ?? '', `Bearer ${token}`)) return refusal(401, 16, 'no session information');
  if (path === '/api/v1/applications' && method === 'GET') {
    return { status: 200, body: { items: [...controllers.values()].map(({ application }) => application) } };
  }
  const [, name, part] = /^\/api\/v1\/applications\/([^/]+)(\/resource-tree)?$/.exec(path) ?? [];
  if (name === undefined || method !== 'GET') return refusal(404, 5, 'Not Found');
  const controller = controllers.get(`${query.get('appNamespace') ?? 'argocd'}/${name}`);
  if (!controller) return refusal(403, 7, 'permission denied');
  const { application, cluster } = controller;
  if (part === undefined) {
    // Like Argo CD, the answer waits until the comparison is done.
    if (query.get('refresh') === 'normal') await controller.refreshed();
    return { status: 200, body: controller.application };
  }
  const isDegraded = application.status.health.status === 'Degraded' && cluster.health() === 'Healthy';
  return { status: 200, body: cluster.tree(application.metadata.name, isDegraded) };
}

/** The target of links to an application, in place of Argo CD's web page. */
function answerPage(controller: Controller | undefined): Answer {
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  if (!controller) return { status: 404, headers: plain, body: Buffer.from('The application does not exist.\n') };
  const { sync, health, operationState, summary } = controller.application.status;
  const lines = [
    controller.name,
    `${sync.status} with ${sync.revision ?? sync.revisions?.join(', ') ?? 'no revision'}`,
    health.status,
    operationState ? `Last sync: ${operationState.phase}. ${operationState.message}` : 'Never synced.',
    ...(summary.images ?? []),
  ];
  return { status: 200, headers: plain, body: Buffer.from(`${lines.join('\n')}\n`) };
}

/** An error of a gRPC gateway. */
function refusal(status: number, code: number, message: string): Answer {
  return { status, body: { error: message, code, message } };
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}
