import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { FailureCode } from '../../model/failure.ts';
import { tryParseJson } from '../../model/json.ts';
import { retryAfterSeconds } from '../../net/retry-after.ts';
import { oneLine } from '../../model/one-line.ts';
import type { RegistryEndpoint } from '../endpoint.ts';

/** The answer of a registry that refused a request. */
export interface RefusedRequest {
  /** Method and path, as far as people need them. */
  readonly asked: string;
  readonly status: number;
  readonly retryAfter: string | null | undefined;
  readonly body: string;
}

/** Classifies an answer by its status alone; the code and message that it carries are for people. */
export function registryFailure(
  { asked, status, retryAfter, body }: RefusedRequest,
  endpoint: RegistryEndpoint,
  now: Date,
): Failure {
  const code = codeOf(status);
  const text = `${endpoint.registry} answered ${status} to ${asked}: ${errorMessageOf(body)}`;
  const seconds = retryAfterSeconds(retryAfter, now);
  return new Failure(
    code,
    code === 'registry-sign-in-failed' ? `${text} ${signInAdvice(endpoint)}` : text,
    seconds === undefined ? {} : { retryAfterSeconds: seconds },
  );
}

function codeOf(status: number): FailureCode {
  if (status === 401 || status === 403) return 'registry-sign-in-failed';
  if (status === 429) return 'throttled';
  return status === 408 || status >= 500 ? 'registry-unavailable' : 'answer-not-understood';
}

/** The fix for a registry that does not let the app in. */
export function signInAdvice(endpoint: RegistryEndpoint): string {
  if (endpoint.kind === 'azure')
    return `Give the app's identity the role AcrPull on ${endpoint.registry} (Container Registry Repository Reader where it uses ABAC), and let the app through its firewall.`;
  return endpoint.user
    ? `Check the credentials of ${endpoint.registry} in REGISTRY_CREDENTIALS.`
    : `Give ${endpoint.registry} credentials in REGISTRY_CREDENTIALS.`;
}

const errorsSchema = z.object({
  errors: z.array(z.object({ code: z.string().default(''), message: z.string().default('') })).min(1),
});

/** First error of a body as the OCI distribution specification has it, on one line. */
function errorMessageOf(body: string): string {
  const first = errorsSchema.safeParse(tryParseJson(body)).data?.errors[0];
  const short = oneLine([first?.code, first?.message].filter(Boolean).join(' '), 300);
  return short === '' ? 'no message.' : `${short.replace(/\.$/, '')}.`;
}
