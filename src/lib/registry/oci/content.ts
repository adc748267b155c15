import { createHash } from 'node:crypto';
import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import { digestPattern } from '../../model/image-reference.ts';
import { parseChallenge } from './challenge.ts';
import type { RegistryEndpoint } from '../endpoint.ts';
import { registryFailure } from './failure.ts';
import { sendToRegistry } from './http.ts';
import type { HttpAnswer } from '../../net/send.ts';
import { followBlobRedirects } from './redirect.ts';
import type { Grant, Grants } from './token.ts';

/** The stored bytes of a manifest or an index. */
export interface StoredManifest {
  readonly digest: string;
  /** Without parameters. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** The requests that every registry of the OCI distribution specification supports. `undefined`: it does not have it. */
export interface RegistryContent {
  /** Digest behind a tag. */
  digest(repository: string, tag: string, signal: AbortSignal): Promise<string | undefined>;
  /** By tag or digest; the bytes match the digest. */
  manifest(repository: string, reference: string, signal: AbortSignal): Promise<StoredManifest | undefined>;
  /** By digest; the bytes match the digest. */
  blob(repository: string, digest: string, signal: AbortSignal): Promise<Buffer | undefined>;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Repositories whose access token is kept; one more makes room by dropping the oldest. */
const maxGrants = 1_000;

export interface ContentDeps {
  readonly grants: Grants;
  readonly userAgent: string;
  readonly now: Clock;
}

/**
 * Reads manifests and blobs of one registry, signing in when it asks for it. Azure's are read here as well, and not by
 * `ContainerRegistryContentClient` of `@azure/container-registry` 1.1.2: a blob of another digest than asked for makes
 * that one throw outside of every promise, which ends the process, and it goes on reading what is too long.
 */
export function makeContent(endpoint: RegistryEndpoint, { grants, userAgent, now }: ContentDeps): RegistryContent {
  const known = new Map<string, Grant>();

  /** Asks once, and once more with the grant that the registry asks for. */
  async function ask(method: string, repository: string, path: string, accept: string, signal: AbortSignal) {
    const send = (grant: Grant | undefined): Promise<HttpAnswer> => {
      const authorization = grant === undefined ? {} : { authorization: grant.authorization };
      const headers = { accept, 'user-agent': userAgent, ...authorization };
      return sendToRegistry({ method, url: `${endpoint.url}/v2/${repository}/${path}`, headers, signal });
    };
    const kept = known.get(repository);
    const first = await send(kept !== undefined && kept.expiresAt > now().getTime() ? kept : undefined);
    if (!isRefused(first)) return first;
    // A role that is given later is in no token of before.
    known.delete(repository);
    const challenge = parseChallenge(first.headers.get('www-authenticate') ?? '');
    const grant = challenge && (await grants(challenge, repository, signal));
    if (!grant) return first;
    const second = await send(grant);
    if (!isRefused(second)) keep(repository, grant);
    return second;
  }

  function keep(repository: string, grant: Grant): void {
    for (const oldest of known.keys()) {
      if (known.size < maxGrants) break;
      known.delete(oldest);
    }
    known.set(repository, grant);
  }

  function refusal(asked: string, { status, headers, body }: HttpAnswer): Failure {
    const retryAfter = headers.get('retry-after');
    return registryFailure({ asked, status, retryAfter, body: body.toString('utf8') }, endpoint, now());
  }

  const content: RegistryContent = {
    async digest(repository, tag, signal) {
      const path = `manifests/${tag}`;
      const answer = await ask('HEAD', repository, path, manifestTypes, signal);
      if (answer.status === 404) return undefined;
      const digest = answer.headers.get('docker-content-digest') ?? '';
      if (answer.status === 200 && digestPattern.test(digest)) return digest;
      // Registries may do without HEAD's digest (the header is optional), or without HEAD.
      if (answer.status === 200 || answer.status === 405)
        return (await content.manifest(repository, tag, signal))?.digest;
      throw refusal(`HEAD ${repository} ${path}`, answer);
    },

    async manifest(repository, reference, signal) {
      const path = `manifests/${reference}`;
      const answer = await ask('GET', repository, path, manifestTypes, signal);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refusal(`GET ${repository} ${path}`, answer);
      const { headers, body: bytes } = answer;
      const stated = headers.get('docker-content-digest') ?? '';
      const digest = [reference, stated].find((text) => digestPattern.test(text)) ?? digestOf(bytes, 'sha256');
      verify(digest, bytes, `${endpoint.registry}/${repository}`);
      const mediaType = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      return { digest, mediaType, bytes };
    },

    async blob(repository, digest, signal) {
      const path = `blobs/${digest}`;
      const first = await ask('GET', repository, path, '*/*', signal);
      const answer = await followBlobRedirects(first, endpoint, signal);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refusal(`GET ${repository} ${path}`, answer);
      verify(digest, answer.body, `${endpoint.registry}/${repository}`);
      return answer.body;
    },
  };
  return content;
}

function isRefused({ status }: HttpAnswer): boolean {
  return status === 401 || status === 403;
}

function verify(digest: string, bytes: Buffer, name: string): void {
  const actual = digestOf(bytes, digest.startsWith('sha512:') ? 'sha512' : 'sha256');
  if (actual === digest) return;
  throw new Failure(
    'answer-not-understood',
    `${name}@${digest} came as other bytes, of digest ${actual}. Something between the app and the registry changes or cuts off answers.`,
  );
}

function digestOf(bytes: Buffer, algorithm: 'sha256' | 'sha512'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
