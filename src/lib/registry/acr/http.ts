import type { HttpClient } from '@azure/core-rest-pipeline';
import { Failure } from '../../model/failure.ts';
import type { RegistryEndpoint } from '../endpoint.ts';
import { sendToRegistry } from '../oci/http.ts';

/**
 * The transport under `@azure/container-registry`: our own, with its limits, in place of the package's. It calls nothing
 * but the endpoint: the package refuses http, so a stand-in on this machine is known to it by its https name only.
 */
export async function sdkHttpClient(endpoint: RegistryEndpoint): Promise<HttpClient> {
  const { createHttpHeaders } = await import('../sdk/container-registry.ts');
  const named = `https://${endpoint.registry}/`;
  return {
    async sendRequest(request) {
      const { method, url, headers, body, abortSignal } = request;
      if (!url.startsWith(named))
        throw new Failure(
          'host-not-allowed',
          `${endpoint.registry} sends to ${new URL(url).origin}, which is not called.`,
        );
      if (body !== undefined && body !== null && typeof body !== 'string')
        throw new TypeError('expected the package to send text');
      const answer = await sendToRegistry({
        method,
        url: `${endpoint.url}/${url.slice(named.length)}`,
        headers: headers.toJSON(),
        ...(typeof body === 'string' ? { body } : {}),
        signal:
          abortSignal instanceof AbortSignal ? abortSignal : AbortSignal.timeout(request.timeout || defaultTimeoutMs),
      });
      return {
        request,
        status: answer.status,
        headers: createHttpHeaders(Object.fromEntries(answer.headers)),
        bodyAsText: answer.body.toString('utf8'),
      };
    },
  };
}

const defaultTimeoutMs = 10_000;
