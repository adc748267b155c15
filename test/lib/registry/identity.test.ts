import { describe, expect, test } from 'vitest';
import { refusal } from '../../../local/registry/http.ts';
import { makeAzureMetadata } from '../../../src/lib/registry/acr/acr-registry.ts';
import { identityGrants } from '../../../src/lib/registry/acr/token.ts';
import { makeContent } from '../../../src/lib/registry/oci/content.ts';
import { makeIdentity } from '../../../src/lib/net/identity.ts';
import { identityFor } from '../../../src/lib/registry/acr/identity-for.ts';
import { makeAsker, startStandIn, userAgent } from '../../support/registry.ts';

const repository = 'shop/api';

/** An Azure registry that the app's identity is for, though it is on this machine. */
const azure = (url: string) =>
  ({ kind: 'azure', registry: 'contoso.azurecr.io', url, cloud: 'public', isStandIn: false }) as const;

describe('the app’s identity', () => {
  const token = { token: 'entra-token', expiresOnTimestamp: Date.now() + 3_600_000 };

  test('signs in, once for many repositories', async () => {
    const standIn = await startStandIn({ tokens: [token.token] });
    const scopes: (string | string[])[] = [];
    const getToken = (scope: string | string[]) => {
      scopes.push(scope);
      return Promise.resolve(token);
    };
    const endpoint = azure(standIn.url);
    const credential = identityFor(endpoint, () => Promise.resolve({ getToken }));
    const content = makeContent(endpoint, {
      grants: identityGrants(endpoint, credential, () => new Date()),
      userAgent,
      now: () => new Date(),
    });
    const signal = AbortSignal.timeout(5_000);
    for (const name of ['shop/api', 'shop/web', 'shop/cart']) {
      const digest = standIn.pushImage({ repository: name, tag: '1' });
      await expect(content.manifest(name, '1', signal)).resolves.toMatchObject({ digest });
    }
    const paths = standIn.requests.map(({ path }) => path);
    expect(paths.filter((path) => path === '/oauth2/exchange')).toHaveLength(1);
    expect(scopes).toEqual(['https://containerregistry.azure.net/.default']);
    const bodies = standIn.requests
      .map(({ body }) => body.toString('utf8'))
      .filter((body) => body.includes(token.token));
    expect(bodies).toHaveLength(1);
  });

  test('that gets no token is registry-sign-in-failed', async () => {
    const standIn = await startStandIn();
    standIn.pushImage({ repository, tag: '1' });
    const endpoint = azure(standIn.url);
    const noToken = new Error('ManagedIdentityCredential: no managed identity endpoint found');
    const withoutToken = () => Promise.resolve({ getToken: () => Promise.reject(noToken) });
    const credential = identityFor(endpoint, withoutToken);
    await expect(credential.getToken('s')).rejects.toThrow('Give the Function App a managed identity');
    const message = 'This computer has no sign-in that gets a token for contoso.azurecr.io. Run az login.';
    await expect(identityFor(endpoint, withoutToken, 'computer').getToken('s')).rejects.toThrow(message);
    const deps = { userAgent, now: () => new Date() };
    const signal = AbortSignal.timeout(5_000);
    const failure = { code: 'registry-sign-in-failed' };
    await expect(makeAzureMetadata(endpoint, credential, deps).tag(repository, '1', signal)).rejects.toMatchObject(
      failure,
    );
    const content = makeContent(endpoint, { ...deps, grants: identityGrants(endpoint, credential, () => new Date()) });
    await expect(content.manifest(repository, '1', signal)).rejects.toMatchObject(failure);
  });

  test('finds a manifest whose time a replica has not got yet, and tries again', async () => {
    const standIn = await startStandIn();
    const digest = standIn.pushImage({ repository, tag: '1' });
    const { registry, slept } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
    let lags = 1;
    standIn.setFaults(({ path }) =>
      path.includes('/_manifests/') && lags-- > 0 ? { answer: refusal(404, 'MANIFEST_UNKNOWN', 'not yet') } : undefined,
    );
    const image = { registry: 'contoso.azurecr.io', repository, digest };
    await expect(registry.inspect(image)).resolves.toMatchObject({ createdOn: expect.any(Date) as Date });
    expect(slept).toEqual([200]);
    lags = 9;
    await expect(registry.inspect(image)).rejects.toMatchObject({ code: 'registry-content-missing' });
  });

  test('of a cloud of its own asks for a token of that cloud', async () => {
    const standIn = await startStandIn({ loginServer: 'contoso.azurecr.us' });
    standIn.pushImage({ repository, tag: '1' });
    const endpoint = { ...azure(standIn.url), registry: 'contoso.azurecr.us', cloud: 'government' } as const;
    const scopes: (string | string[])[] = [];
    const getToken = (scope: string | string[]) => Promise.resolve(scopes.push(scope)).then(() => token);
    const metadata = makeAzureMetadata(endpoint, { getToken }, { userAgent, now: () => new Date() });
    await expect(metadata.tag(repository, '1', AbortSignal.timeout(5_000))).resolves.toBeDefined();
    expect(scopes).toEqual(['https://management.usgovcloudapi.net/.default']);
  });

  test('is made once, and only when it is asked for', async () => {
    const identity = makeIdentity('00000000-0000-0000-0000-000000000000');
    expect(await identity()).toBe(await identity());
    expect(typeof (await identity()).getToken).toBe('function');
  });

  test.each([
    ['no digest', { tag: { name: '1', createdTime: '2026-01-01T00:00:00Z', lastUpdateTime: '2026-01-01T00:00:00Z' } }],
    ['no digest that is one', { tag: { digest: 'x', lastUpdateTime: '2026-01-01T00:00:00Z' } }],
    ['no time', { tag: { digest: `sha256:${'a'.repeat(64)}` } }],
    ['no time that is one', { tag: { digest: `sha256:${'a'.repeat(64)}`, lastUpdateTime: 'yesterday' } }],
    ['no JSON', Buffer.from('<html>')],
  ])('an answer with %s is not understood', async (_name, body) => {
    const standIn = await startStandIn();
    standIn.setFaults(({ path }) => (path.startsWith('/acr/') ? { answer: { status: 200, body } } : undefined));
    const metadata = makeAzureMetadata(
      azure(standIn.url),
      { getToken: () => Promise.resolve(token) },
      { userAgent, now: () => new Date() },
    );
    await expect(metadata.tag(repository, '1', AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'answer-not-understood',
    });
  });
});
