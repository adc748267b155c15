import type { HttpResponseInit } from '@azure/functions';
import { Failure } from '../lib/model/failure.ts';
import type { Log, LogFields } from '../lib/model/log.ts';
import type { Job } from '../lib/work/envelope.ts';
import type { SendWork } from '../lib/work/send-work.ts';
import { unavailable } from './http.ts';

/** ACR and Argo CD wait 5 s for an answer; the limit of Azure DevOps is not documented. */
const storeTimeoutMs = 4_000;

/** An event that a receiver has checked. */
export interface ReceivedEvent {
  readonly job: Job;
  /** Names the event in the log. */
  readonly fields: LogFields;
  readonly answer: object;
}

/** Queues an event: 202 if it is stored, else 503. */
export async function storeEvent(
  { job, fields, answer }: ReceivedEvent,
  send: SendWork,
  log: Log,
): Promise<HttpResponseInit> {
  try {
    await send(job, { timeoutMs: storeTimeoutMs });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log('error', 'event-not-stored', { ...fields, code: error.code, reason: error.message });
    return unavailable('The event could not be stored. Send it again.');
  }
  log('info', 'event-queued', fields);
  return { status: 202, jsonBody: answer };
}

/** Answers 200 to an event that the app does not process. */
export function ignoreEvent(reason: string, log: Log): HttpResponseInit {
  log('info', 'event-ignored', { reason });
  return { status: 200, jsonBody: { ignored: reason } };
}
