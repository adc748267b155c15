import { randomUUID } from 'node:crypto';
import { toWireJson } from '../server/wire-json.ts';
import type { Subscription } from './subscription.ts';

/** The service's own limit is not documented. */
const answerLimitMs = 30_000;

/** The result of one request to a subscriber. */
export interface Attempt {
  /** `undefined` where there was no answer. */
  readonly status: number | undefined;
  readonly request: string;
  readonly response: string;
  readonly error?: string;
}

/** Sends a body to a subscriber, as its inputs say. Does not throw: a failure is an outcome. */
export async function post({ consumerInputs }: Subscription, body: object, signal: AbortSignal): Promise<Attempt> {
  const url = consumerInputs['url'] ?? '';
  const request = `Method: POST\nURI: ${url}\nHTTP Version: 1.1\nHeaders: Content-Type: application/json; charset=utf-8`;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: requestHeaders(consumerInputs),
      redirect: 'manual',
      body: toWireJson(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]),
    });
    const response = `Status Code: ${answer.status}\nReason Phrase: ${answer.statusText}\n${await answer.text()}`;
    return { status: answer.status, request, response };
  } catch (error) {
    return { status: undefined, request, response: '', error: error instanceof Error ? error.message : String(error) };
  }
}

/** Headers are given as `Name:Value`, one a line; they win over the usual ones. */
function requestHeaders(inputs: Subscription['consumerInputs']): Headers {
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'VSServices/19.258.36309.1',
    // Argo CD's receiver recognizes Azure DevOps by it.
    'x-vss-activityid': randomUUID(),
  });
  const { basicAuthUsername: user = '', basicAuthPassword: password = '' } = inputs;
  if (user !== '' || password !== '') {
    headers.set('authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  }
  for (const line of (inputs['httpHeaders'] ?? '').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return headers;
}
