import { Failure } from '../../model/failure.ts';
import { AnswerTooLarge, mebibytes, send, withoutQuery } from '../../net/send.ts';
import type { HttpAnswer, HttpRequest } from '../../net/send.ts';

export type RegistryRequest = Omit<HttpRequest, 'maxBytes'>;

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
export async function sendToRegistry(request: RegistryRequest): Promise<HttpAnswer> {
  try {
    return await send({ ...request, maxBytes: maxBodyBytes });
  } catch (cause) {
    const url = withoutQuery(request.url);
    if (cause instanceof AnswerTooLarge)
      throw new Failure(
        'registry-content-invalid',
        `${url} is longer than ${mebibytes(maxBodyBytes)} MiB, more than any manifest or image config is.`,
        { cause },
      );
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('registry-unavailable', `${request.method} ${url} got no answer: ${reason}.`, { cause });
  }
}
