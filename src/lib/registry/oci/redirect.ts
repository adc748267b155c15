import { Failure } from '../../model/failure.ts';
import { isLoopback } from '../../net/repository-url.ts';
import type { RegistryEndpoint } from '../endpoint.ts';
import { sendToRegistry } from './http.ts';
import type { HttpAnswer } from '../../net/send.ts';

const maxHops = 3;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Registries send readers of blobs on to their storage. The way there is followed without credentials, and over https
 * alone; a registry on this machine may send on to this machine, and nowhere else.
 *
 * @throws {Failure} `host-not-allowed`
 */
export async function followBlobRedirects(
  answer: HttpAnswer,
  { registry, url: start }: RegistryEndpoint,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const onThisMachine = isLoopback(new URL(start));
  let current = answer;
  let base = start;
  for (let hop = 0; redirects.has(current.status) && hop < maxHops; hop++) {
    const location = current.headers.get('location');
    const url = location !== null && URL.canParse(location, base) ? new URL(location, base) : undefined;
    const isAllowed = url && (onThisMachine ? isLoopback(url) : url.protocol === 'https:' && !isLoopback(url));
    if (!isAllowed || url.username !== '' || url.password !== '') {
      throw new Failure(
        'host-not-allowed',
        `${registry} redirects a blob to ${url?.origin ?? 'no URL'}; only https is followed, and on this machine only this machine.`,
      );
    }
    base = url.href;
    current = await sendToRegistry({ method: 'GET', url: url.href, headers: { accept: '*/*' }, signal });
  }
  return current;
}
