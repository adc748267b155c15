import { Failure } from '../model/failure.ts';
import { AnswerTooLarge, NoAnswer } from './send.ts';

/**
 * The failure of a request without a complete answer. A write that may have reached the host is `answer-lost`.
 *
 * @param request method and URL without query, for people
 */
export function noAnswerFailure(
  request: string,
  cause: unknown,
  { isWrite, what = 'the request' }: { readonly isWrite: boolean; readonly what?: string },
): Failure {
  if (cause instanceof Failure) return cause;
  const mayBeDone = isWrite && !(cause instanceof NoAnswer && cause.isNeverSent);
  const rest = mayBeDone ? `; ${what} may have succeeded.` : '.';
  if (cause instanceof AnswerTooLarge)
    return new Failure(
      mayBeDone ? 'answer-lost' : 'answer-not-understood',
      `${request} answered ${cause.message}${rest}`,
      {
        cause,
      },
    );
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure(mayBeDone ? 'answer-lost' : 'service-unavailable', `${request} got no answer (${reason})${rest}`, {
    cause,
  });
}
