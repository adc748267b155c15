import {
  ContainerRegistryClient,
  ContainerRegistryContentClient,
  KnownManifestMediaType,
} from '@azure/container-registry';
import { createDefaultHttpClient } from '@azure/core-rest-pipeline';
import type { HttpClient } from '@azure/core-rest-pipeline';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startStandIn } from '../../support/registry.ts';

const repository = 'shop/api';
const entraToken = 'entra-token';
const credential = {
  getToken: () => Promise.resolve({ token: entraToken, expiresOnTimestamp: Date.now() + 3_600_000 }),
};

/** The package's own transport, sent to the stand-in instead of the host that it is told. */
function sentTo(url: string): HttpClient {
  const client = createDefaultHttpClient();
  return {
    async sendRequest(request) {
      const response = await client.sendRequest(
        Object.assign(request, {
          url: request.url.replace('https://contoso.azurecr.io', url),
          allowInsecureConnection: true,
        }),
      );
      request.url = request.url.replace(url, 'https://contoso.azurecr.io');
      return response;
    },
  };
}

async function start(options: Parameters<typeof startStandIn>[0] = {}) {
  const standIn = await startStandIn({ tokens: [entraToken], ...options });
  const clientOptions = { httpClient: sentTo(standIn.url), retryOptions: { maxRetries: 0 } };
  const endpoint = 'https://contoso.azurecr.io';
  return {
    standIn,
    client: new ContainerRegistryClient(endpoint, credential, clientOptions),
    content: new ContainerRegistryContentClient(endpoint, repository, credential, clientOptions),
    stranger: new ContainerRegistryClient(
      endpoint,
      { getToken: () => Promise.resolve({ token: 'x', expiresOnTimestamp: Date.now() + 1e6 }) },
      clientOptions,
    ),
    anonymous: new ContainerRegistryClient(endpoint, clientOptions),
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('@azure/container-registry', () => {
  test('reads tags and manifests', async () => {
    const now = new Date('2026-11-20T10:00:00.125Z');
    const { standIn, client } = await start({ now: () => now, accessTokenSeconds: 1e9 });
    const digest = standIn.pushImage({ repository, tag: '1.0.0' });
    const artifact = client.getArtifact(repository, '1.0.0');
    const expected = { registryLoginServer: 'contoso.azurecr.io', repositoryName: repository };
    await expect(artifact.getTagProperties('1.0.0')).resolves.toMatchObject({
      ...expected,
      name: '1.0.0',
      digest,
      createdOn: now,
      lastUpdatedOn: now,
      canWrite: true,
    });
    await expect(artifact.getManifestProperties()).resolves.toMatchObject({
      ...expected,
      digest,
      createdOn: now,
      tags: ['1.0.0'],
    });
  });

  test('lists repositories, tags and manifests', async () => {
    const { standIn, client } = await start();
    standIn.pushImage({ repository, tag: '1.0.0', multiArch: true });
    standIn.pushImage({ repository: 'alone', tag: 'x' });
    expect(await all(client.listRepositoryNames())).toEqual(['alone', repository]);
    const tags = await all(client.getArtifact(repository, '1.0.0').listTagProperties());
    expect(tags.map(({ name }) => name)).toEqual(['1.0.0']);
    const manifests = await all(client.getRepository(repository).listManifestProperties());
    expect(manifests).toHaveLength(5);
    await expect(client.getRepository(repository).getProperties()).resolves.toMatchObject({
      manifestCount: 5,
      tagCount: 1,
    });
  });

  test('is told what is not there', async () => {
    const { standIn, client } = await start();
    standIn.pushImage({ repository, tag: '1.0.0', lag: 1 });
    const artifact = client.getArtifact(repository, '1.0.0');
    await expect(artifact.getTagProperties('1.0.0')).rejects.toMatchObject({ statusCode: 404 });
    await expect(artifact.getTagProperties('1.0.0')).resolves.toMatchObject({ name: '1.0.0' });
    await expect(artifact.getTagProperties('2.0.0')).rejects.toMatchObject({ statusCode: 404 });
    await expect(client.getRepository('none').getProperties()).rejects.toMatchObject({ statusCode: 404 });
  });

  test('pushes and pulls', async () => {
    const { content, standIn } = await start();
    const bytes = Buffer.from('{"architecture":"amd64"}');
    const blob = await content.uploadBlob(bytes);
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: blob.digest, size: bytes.length };
    const pushed = await content.setManifest(
      { schemaVersion: 2, mediaType: KnownManifestMediaType.OciImageManifest, config, layers: [] },
      { tag: 'pushed' },
    );
    const pulled = await content.getManifest('pushed');
    expect(pulled).toMatchObject({ digest: pushed.digest, mediaType: KnownManifestMediaType.OciImageManifest });
    const downloaded = await content.downloadBlob(blob.digest);
    expect(await buffer(downloaded.content)).toEqual(bytes);
    const unknown = { ...config, digest: `sha256:${'0'.repeat(64)}` };
    await expect(
      content.setManifest({ schemaVersion: 2, config: unknown, layers: [] }, { tag: 'broken' }),
    ).rejects.toMatchObject({ statusCode: 400 });
    expect(standIn.requests.some(({ method }) => method === 'PATCH')).toBe(true);
  });

  test('deletes', async () => {
    const { standIn, client } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    const digest = standIn.pushImage({ repository, tag: '2.0.0', content: 'second' });
    await client.getArtifact(repository, '1.0.0').deleteTag('1.0.0');
    await client.getArtifact(repository, digest).delete();
    const manifests = await all(client.getRepository(repository).listManifestProperties());
    expect(manifests.map(({ tags }) => tags)).toEqual([[]]);
    await client.deleteRepository(repository);
    expect(await all(client.listRepositoryNames())).toEqual([]);
  });

  test('is let in with a token that counts only', async () => {
    const { standIn, stranger, anonymous } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    for (const client of [stranger, anonymous]) {
      const asked = client.getArtifact(repository, '1.0.0').getTagProperties('1.0.0');
      await expect(asked).rejects.toMatchObject({ statusCode: 401 });
    }
  });

  test('reads without signing in where the registry lets everyone read', async () => {
    const { standIn, anonymous } = await start({ anonymousPull: true });
    standIn.pushImage({ repository, tag: '1.0.0' });
    await expect(anonymous.getArtifact(repository, '1.0.0').getTagProperties('1.0.0')).resolves.toBeDefined();
    const deleted = anonymous.getArtifact(repository, '1.0.0').deleteTag('1.0.0');
    await expect(deleted).rejects.toMatchObject({ statusCode: 401 });
  });
});
