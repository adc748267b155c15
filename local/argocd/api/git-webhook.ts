import { z } from 'zod';
import type { Answer, Request } from '../../registry/http.ts';
import type { Controller } from '../controller.ts';
import type { SourceOptions } from '../options.ts';

const pushSchema = z.object({
  eventType: z.literal('git.push'),
  resource: z.object({
    refUpdates: z.array(z.object({ name: z.string() })).min(1),
    repository: z.object({ remoteUrl: z.string(), defaultBranch: z.string().optional() }),
  }),
});

export interface GitWebhookDeps {
  readonly controllers: ReadonlyMap<string, Controller>;
  /** `user:password`, as `webhook.azuredevops.username` and `.password` of `argocd-secret`. Absent: any sender. */
  readonly webhookLogin?: string | undefined;
  readonly onRefresh: (application: string) => void;
}

/**
 * Receives a push of Azure DevOps as `util/webhook/webhook.go` of argoproj/argo-cd does: the event does not name the changed
 * files, so each application of the repository and branch is refreshed. A path of the URL over SSH differs from that over
 * HTTPS, so applications with SSH are not refreshed.
 */
export function receiveGitWebhook(
  { method, headers, body }: Request,
  { controllers, webhookLogin, onRefresh }: GitWebhookDeps,
): Answer {
  if (headers['x-vss-activityid'] === undefined) return text(400, 'Unknown webhook event');
  if (webhookLogin !== undefined && headers.authorization !== basic(webhookLogin))
    return text(400, 'Webhook processing failed: basic auth verification failed');
  const read = pushSchema.safeParse(tryParse(body.toString('utf8')));
  if (!read.success || method !== 'POST')
    return text(method === 'POST' ? 400 : 405, 'Webhook processing failed: error parsing payload');
  const { refUpdates, repository } = read.data.resource;
  const ref = refUpdates[0]?.name ?? '';
  const branch = ref.replace(/^refs\/[^/]+\//, '');
  const url = toUrl(repository.remoteUrl);
  if (!url) return { status: 200 };
  const isTouched = ({ repoURL, targetRevision = 'HEAD' }: SourceOptions): boolean => {
    const own = toUrl(repoURL);
    const isRepository = own?.hostname === url.hostname && pathOf(own) === pathOf(url);
    const isBranch =
      targetRevision === 'HEAD'
        ? ref === repository.defaultBranch
        : targetRevision.replace(/^refs\/[^/]+\//, '') === branch;
    return isRepository && isBranch;
  };
  for (const controller of controllers.values()) {
    if (!controller.options.sources.some(isTouched)) continue;
    onRefresh(controller.name);
    controller.refresh();
  }
  return { status: 200 };
}

function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

function toUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function pathOf({ pathname }: URL): string {
  return pathname.replace(/\.git$/, '').toLowerCase();
}

function tryParse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // Answered with 400.
  }
}

function text(status: number, message: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: Buffer.from(`${message}\n`) };
}
