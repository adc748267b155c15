import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImagePush } from './scenario.ts';

export interface WebhookSender {
  /** URL of a process that runs at the moment. */
  readonly functions: () => string | undefined;
  readonly key: string;
}

const answerWithinMs = 10_000;
const pauseMs = 300;

/** Sends the registry's webhook until it is answered with 202; how often it was sent. */
export async function sendWebhook(push: ImagePush, { functions, key }: WebhookSender): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const url = functions();
    const response =
      url === undefined
        ? undefined
        : await fetch(`${url}/api/webhooks/acr`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-functions-key': key },
            body: JSON.stringify(webhookBody(push)),
            signal: AbortSignal.timeout(answerWithinMs),
          }).catch(() => undefined); // Its process was killed: another is asked.
    if (response?.status === 202) return tries;
    if (response && response.status !== 503) throw new Error(`the webhook was answered with ${response.status}`);
    await sleep(pauseMs);
  }
}

function webhookBody({ kind, branch, tag, digest, pushedAt }: ImagePush): unknown {
  return {
    id: randomUUID(),
    timestamp: pushedAt,
    action: 'push',
    target: { digest, repository: `${kind}/${branch}`, tag },
    request: { host: 'contoso.azurecr.io' },
  };
}
