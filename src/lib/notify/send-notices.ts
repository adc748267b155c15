import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import { AnswerTooLarge, NoAnswer, send } from '../net/send.ts';
import { messageFor } from './message.ts';
import type { Notice } from './notice.ts';
import type { NoticeStore, QueuedNotice } from './notice-store.ts';
import type { Target } from './target.ts';

export interface SendNoticesDeps {
  readonly targets: readonly Target[];
  readonly notices: NoticeStore;
  readonly userAgent: string;
  readonly now: Clock;
}

const timeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024;
/** A notice that cannot be sent for so long is dropped. */
const longestWaitMs = 24 * 60 * 60_000;

/**
 * Sends the notices that wait, one message for each target. They are marked before the request: one whose outcome is unknown
 * is dropped, so that none is sent twice.
 */
export async function sendNotices(log: Log, deps: SendNoticesDeps): Promise<void> {
  await Promise.all(deps.targets.map((target) => sendTo(target, log, deps)));
}

async function sendTo(target: Target, log: Log, { notices, userAgent, now }: SendNoticesDeps): Promise<void> {
  const found = await notices.waiting(target);
  const oldest = new Date(now().getTime() - longestWaitMs).toISOString();
  const lost = found.filter(({ value }) => value.isSending === true || value.notice.at < oldest);
  const waiting = found.filter((row) => !lost.includes(row));
  if (lost.length > 0) await drop(target, lost, 'their outcome is unknown, or they waited for a day', log, notices);
  if (waiting.length === 0 || !(await notices.mark(waiting, true))) return;
  const outcome = await post(
    target,
    waiting.map(({ value }) => value.notice),
    userAgent,
  );
  if (outcome === 'sent') {
    await notices.remove(waiting);
    log('info', 'notified', { target: target.label, notices: waiting.length });
  } else if (outcome.isFinal) await drop(target, waiting, outcome.reason, log, notices);
  else {
    // The versions that were marked.
    await notices.mark(await notices.waiting(target), false);
    log('warn', 'notify-failed', { target: target.label, notices: waiting.length, reason: outcome.reason });
  }
}

async function drop(
  { label }: Target,
  queued: readonly QueuedNotice[],
  reason: string,
  log: Log,
  notices: NoticeStore,
): Promise<void> {
  await notices.remove(queued);
  log('error', 'notices-dropped', { target: label, notices: queued.length, reason });
}

type Refusal = { readonly isFinal: boolean; readonly reason: string };

async function post(target: Target, notices: readonly Notice[], userAgent: string): Promise<'sent' | Refusal> {
  try {
    const { status } = await send({
      method: 'POST',
      url: target.url,
      headers: { 'content-type': 'application/json', 'user-agent': userAgent },
      body: JSON.stringify(messageFor(target, notices)),
      signal: AbortSignal.timeout(timeoutMs),
      maxBytes: maxAnswerBytes,
    });
    if (status >= 200 && status < 300) return 'sent';
    return { isFinal: status < 500 && status !== 408 && status !== 429, reason: `status ${status}` };
  } catch (error) {
    if (error instanceof AnswerTooLarge) return 'sent';
    if (!(error instanceof NoAnswer)) throw error;
    // The message of the error can name the URL, which is secret.
    return { isFinal: !error.isNeverSent, reason: error.code ?? 'no answer' };
  }
}
