import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';

interface State {
  /** How often in a row the service did not answer. */
  readonly misses: number;
  /** Milliseconds since 1970. */
  readonly openUntil: number;
  isProbed: boolean;
}

const firstPauseMs = 15_000;
const longestPauseMs = 5 * 60_000;
/** A timer can fire slightly early by the clock. */
const toleranceMs = 50;

export interface Circuit {
  /**
   * Runs a request to a service. After one without an answer within its time limit, further requests fail at once until a
   * pause is over. Then one request probes the service.
   *
   * @param whole the service that this one is a part of. Without an answer of the part, one request probes the whole.
   * @throws {Failure} with the code of the circuit during a pause, else the error of the request
   */
  readonly run: <T>(service: string, timeoutMs: number, request: () => Promise<T>, whole?: string) => Promise<T>;
}

/** Keeps requests to services that do not answer from occupying workers. */
export function makeCircuit(clock: Clock, code: FailureCode = 'service-unavailable'): Circuit {
  const now = (): number => clock().getTime();
  const states = new Map<string, State>();
  return {
    async run(service, timeoutMs, request, whole) {
      const state = states.get(service);
      if (state && (state.isProbed || now() < state.openUntil)) {
        const retryAfterSeconds = Math.max(1, Math.ceil((state.openUntil - now()) / 1000));
        const message = `${service} did not answer within its time limit and is not called for ${retryAfterSeconds} s.`;
        throw new Failure(code, message, { retryAfterSeconds });
      }
      if (state) state.isProbed = true;
      const began = now();
      try {
        const answer = await request();
        states.delete(service);
        return answer;
      } catch (error) {
        const isTimeout =
          error instanceof Failure && error.kind === 'retryable' && now() - began >= timeoutMs - toleranceMs;
        if (isTimeout) states.set(service, nextState(states.get(service), began, now()));
        else states.delete(service);
        if (isTimeout && whole !== undefined && !states.has(whole))
          states.set(whole, { misses: 0, openUntil: now(), isProbed: false });
        throw error;
      }
    },
  };
}

/** Requests that were in progress when the pause began do not extend it. */
function nextState(state: State | undefined, began: number, at: number): State {
  if (state && !state.isProbed && began < state.openUntil) return state;
  const misses = (state?.misses ?? 0) + 1;
  const pauseMs = Math.min(firstPauseMs * 2 ** (misses - 1), longestPauseMs);
  return { misses, openUntil: at + pauseMs, isProbed: false };
}
