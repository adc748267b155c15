import type { Answer } from '../../registry/http.ts';
import type { Controller } from '../controller.ts';

/** The target of links to an application, in place of Argo CD's web page. */
export function applicationPage(controller: Controller | undefined): Answer {
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  if (!controller) return { status: 404, headers: plain, body: Buffer.from('The application does not exist.\n') };
  const { sync, health, operationState, summary } = controller.application.status;
  const lines = [
    controller.name,
    `${sync.status} with ${sync.revision ?? sync.revisions?.join(', ') ?? 'no revision'}`,
    health.status,
    operationState ? `Last sync: ${operationState.phase}. ${operationState.message ?? ''}` : 'Never synced.',
    ...(summary.images ?? []),
  ];
  return { status: 200, headers: plain, body: Buffer.from(`${lines.join('\n')}\n`) };
}
