import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImagePush } from './scenario.ts';

export interface WebhookSender {
  /** URL of a process that runs at the moment. */
  readonly functions: () => string | undefined;
  readonly key: string;
}

/** An image that was pushed. */
export interface PushedImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly pushedAt: string;
}

const answerWithinMs = 10_000;
const pauseMs = 300;

/** Sends the registry's webhook until it is answered with 202; how often it was sent. */
export function sendWebhook({ kind, branch, ...pushed }: ImagePush, sender: WebhookSender): Promise<number> {
  return sendPush({ repository: `${kind}/${branch}`, ...pushed }, sender);
}

export function sendPush(image: PushedImage, sender: WebhookSender): Promise<number> {
  return post('webhooks/acr', webhookBody(image), sender);
}

/** Posts until it is answered with 202; how often it was sent. */
export async function post(path: string, body: unknown, sender: WebhookSender): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const response = await ask(path, body, sender);
    if (response?.status === 202) return tries;
    if (response && response.status !== 503) throw new Error(`${path} was answered with ${response.status}`);
    await sleep(pauseMs);
  }
}

/** The answer of a process that runs at the moment; `undefined` if it was killed: another is asked. */
export async function ask(
  path: string,
  body: unknown,
  { functions, key }: WebhookSender,
): Promise<Response | undefined> {
  const url = functions();
  if (url === undefined) return undefined;
  return fetch(`${url}/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': key },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(answerWithinMs),
  }).catch(() => undefined);
}

function webhookBody({ repository, tag, digest, pushedAt }: PushedImage): unknown {
  return {
    id: randomUUID(),
    timestamp: pushedAt,
    action: 'push',
    target: { digest, repository, tag },
    request: { host: 'contoso.azurecr.io' },
  };
}
