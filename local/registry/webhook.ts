import type { PushEvent } from './events.ts';

/** How long Azure Container Registry waits for an answer; it asks once. */
const answerTimeoutMs = 5_000;

export interface Webhook {
  readonly tell: (event: PushEvent) => void;
  /** Sets the receiver; earlier events are sent now. */
  readonly connect: (url: string, key: string) => void;
  /** Waits for what is under way. */
  readonly close: () => Promise<void>;
}

/** Sends each event once, as Azure Container Registry does; one that is not accepted is lost, and reported. */
export function makeWebhook({ onUndelivered }: { readonly onUndelivered: (reason: string) => void }): Webhook {
  const underway = new Set<Promise<void>>();
  const waiting: PushEvent[] = [];
  let target: { readonly url: string; readonly key: string } | undefined;
  let isClosed = false;

  const send = (event: PushEvent, to: NonNullable<typeof target>): void => {
    const sending = deliver(event, to).then((reason) => {
      underway.delete(sending);
      const { repository, tag } = event.target;
      if (reason !== undefined && !isClosed)
        onUndelivered(`The webhook of ${event.request.host}/${repository}:${tag ?? ''} was not taken: ${reason}`);
    });
    underway.add(sending);
  };
  return {
    tell(event) {
      if (target) send(event, target);
      else waiting.push(event);
    },
    connect(url, key) {
      target = { url, key };
      for (const event of waiting.splice(0)) send(event, target);
    },
    async close() {
      isClosed = true;
      await Promise.all(underway);
    },
  };
}

/** @returns why it was not taken */
async function deliver(
  event: PushEvent,
  { url, key }: { readonly url: string; readonly key: string },
): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-functions-key': key },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `${url} answered ${response.status}.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
