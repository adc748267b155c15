import { Failure } from '../../model/failure.ts';
import { readBounded, whyNoAnswer } from '../../net/http-answer.ts';

export interface RegistryRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, its answer included. */
  readonly signal: AbortSignal;
}

/** An answer of any status, with its whole body. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Longest body that is read, in bytes: the OCI distribution specification lets registries refuse manifests above 4 MiB,
 * and the config of an image is far smaller.
 */
export const maxBodyBytes = 4 * 1024 * 1024;

/**
 * Sends one request, without following redirects.
 *
 * @throws {Failure} `registry-unavailable` where no answer came; `registry-content-invalid` where it is too long
 */
export async function sendToRegistry(request: RegistryRequest): Promise<RegistryAnswer> {
  const { method, url, headers, body, signal } = request;
  try {
    const response = await fetch(url, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, body: await readBody(response, url) };
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('registry-unavailable', `${method} ${withoutQuery(url)} got no answer: ${whyNoAnswer(cause)}.`, {
      cause,
    });
  }
}

async function readBody(response: Response, url: string): Promise<Buffer> {
  const body = await readBounded(response, maxBodyBytes);
  if (body) return body;
  throw new Failure(
    'registry-content-invalid',
    `${withoutQuery(url)} is longer than ${maxBodyBytes / 1024 / 1024} MiB, more than any manifest or image config is.`,
  );
}

/** Queries of storage URLs are signatures: they are never shown. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
