import { describe, expect, test } from 'vitest';
import { userAgent } from '../../support/registry.ts';
import { isTagRequest, labels, manifestText, repository, ways } from '../../support/registry-ways.ts';

describe.each(ways)('asked of $way', ({ start, way }) => {
  const isAzure = way.includes('Azure');

  test('a tag has the digest that it points at now', async () => {
    const { standIn, registry, image } = await start();
    const first = standIn.pushImage({ repository, tag: '1.0.0', content: 'first' });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest: first });
    const second = standIn.pushImage({ repository, tag: '1.0.0', content: 'second' });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest: second });
    standIn.moveTag(repository, '1.0.0', first);
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest: first });
  });

  test('a tag that is not there is undefined after a few tries', async () => {
    const { standIn, registry, image, slept } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    await expect(registry.lookUp({ ...image, tag: '2.0.0' })).resolves.toBeUndefined();
    expect(slept).toEqual([300, 900, 2_000]);
    await expect(registry.lookUp({ ...image, repository: 'shop/other', tag: '1.0.0' })).resolves.toBeUndefined();
    await expect(registry.inspect({ ...image, tag: '2.0.0' })).resolves.toBeUndefined();
  });

  test('a tag that no replica is waited for is undefined at once', async () => {
    const { standIn, registry, image, slept } = await start();
    standIn.pushImage({ repository, tag: '1.0.0', lag: 1 });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' }, { awaitReplicas: false })).resolves.toBeUndefined();
    expect(slept).toEqual([]);
  });

  test('a tag that a lagging replica gets is found', async () => {
    const { standIn, registry, image, slept } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', lag: 2 });
    await expect(registry.lookUp({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ digest });
    expect(slept).toEqual([300, 900]);
  });

  test('what no registry can have is asked of none', async () => {
    const { standIn, registry, image } = await start();
    await expect(registry.lookUp({ ...image, tag: '../../../oauth2/token?x' })).resolves.toBeUndefined();
    await expect(registry.lookUp({ ...image, repository: '../v2', tag: '1' })).resolves.toBeUndefined();
    await expect(registry.inspect({ ...image, digest: 'sha256:0' })).resolves.toBeUndefined();
    expect(standIn.requests).toEqual([]);
  });

  test.each([
    ['by tag', false, false],
    ['by digest', true, false],
    ['of an index', false, true],
    ['of an index, by digest', true, true],
  ])('labels are read %s', async (_name, byDigest, multiArch) => {
    const { standIn, registry, image } = await start();
    const builtOn = '2026-11-20T10:00:00Z';
    const annotations = { 'org.opencontainers.image.revision': '4f9c'.repeat(10) };
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels, annotations, builtOn, multiArch });
    const artifact = await registry.inspect(byDigest ? { ...image, digest } : { ...image, tag: '1.0.0' });
    expect(artifact).toMatchObject({ kind: 'image', digest, labels, annotations, builtOn: new Date(builtOn) });
  });

  test('blobs are followed to storage without credentials', async () => {
    const { standIn, registry, image } = await start({ redirectBlobs: true });
    standIn.pushImage({ repository, tag: '1.0.0', labels });
    await expect(registry.inspect({ ...image, tag: '1.0.0' })).resolves.toMatchObject({ labels });
    const stored = standIn.requests.filter(({ path }) => path.startsWith('/storage/'));
    expect(stored.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('a chart has its name and version', async () => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushChart({ repository, name: 'shop', version: '1.2.3+build.7' });
    const artifact = await registry.inspect({ ...image, tag: '1.2.3_build.7' });
    expect(artifact).toMatchObject({
      kind: 'chart',
      digest,
      chart: { name: 'shop', version: '1.2.3+build.7' },
      labels: {},
    });
  });

  test('a signature is no image', async () => {
    const { standIn, registry, image } = await start();
    const { push } = standIn;
    const digest = push.manifest(
      { repository },
      {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: push.blob(repository, 'application/vnd.oci.image.config.v1+json', Buffer.from('{}')),
        layers: [push.blob(repository, 'application/vnd.dev.cosign.simplesigning.v1+json', Buffer.from('{}'))],
      },
    ).digest;
    await expect(registry.inspect({ ...image, digest })).resolves.toMatchObject({ kind: 'other', labels: {} });
  });

  test('an index without images is no image', async () => {
    const { standIn, registry, image } = await start();
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    standIn.push.manifest({ repository, tag: 'x' }, { mediaType, schemaVersion: 2, manifests: [] });
    await expect(registry.inspect({ ...image, tag: 'x' })).resolves.toMatchObject({ kind: 'other' });
  });

  test('an index in an index is read, and one that never ends is not', async () => {
    const { standIn, registry, image } = await start();
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const wrap = (digest: string) =>
      standIn.push.manifest({ repository }, { mediaType, manifests: [{ digest }] }).digest;
    const inner = wrap(standIn.pushImage({ repository, labels }));
    await expect(registry.inspect({ ...image, digest: wrap(inner) })).resolves.toMatchObject({ kind: 'image', labels });
    await expect(registry.inspect({ ...image, digest: wrap(wrap(inner)) })).rejects.toMatchObject({
      code: 'registry-content-invalid',
    });
  });

  test('a platform that this replica has not got is passed over', async () => {
    const { standIn, registry, image } = await start();
    const digest = standIn.pushImage({ repository, tag: '1.0.0', labels, multiArch: true });
    const { manifests } = JSON.parse(await manifestText(standIn.url, digest)) as { manifests: { digest: string }[] };
    const [amd64, arm64] = manifests.map(({ digest }) => digest);
    standIn.deleteManifest(repository, amd64 ?? '');
    await expect(registry.inspect({ ...image, digest })).resolves.toMatchObject({ kind: 'image', labels });
    standIn.deleteManifest(repository, arm64 ?? '');
    await expect(registry.inspect({ ...image, digest })).rejects.toMatchObject({ code: 'registry-content-missing' });
  });

  test('every request says who asks', async () => {
    const { standIn, registry, image } = await start();
    standIn.pushImage({ repository, tag: '1.0.0' });
    await registry.lookUp({ ...image, tag: '1.0.0' });
    const asked = standIn.requests.filter(isTagRequest).map(({ headers }) => headers['user-agent'] ?? '');
    expect(asked.every((agent) => agent.startsWith(userAgent))).toBe(true);
  });

  test('times are the registry’s own, or not there at all', async () => {
    const clock = { now: new Date('2026-11-20T10:00:00.123Z') };
    const { standIn, registry, image } = await start({ now: () => new Date(clock.now), accessTokenSeconds: 1e9 });
    standIn.pushImage({ repository, tag: '1.0.0', content: 'first', builtOn: '2030-01-01T00:00:00Z' });
    clock.now = new Date('2026-11-20T11:00:00Z');
    const digest = standIn.pushImage({ repository, tag: '1.0.0', content: 'second', builtOn: '2030-01-01T00:00:00Z' });
    clock.now = new Date('2026-11-20T12:00:00Z');
    standIn.moveTag(repository, 'latest', digest);
    const [tag, moved, artifact] = await Promise.all([
      registry.lookUp({ ...image, tag: '1.0.0' }),
      registry.lookUp({ ...image, tag: 'latest' }),
      registry.inspect({ ...image, tag: 'latest' }),
    ]);
    const expected = isAzure
      ? ['2026-11-20T11:00:00.000Z', '2026-11-20T12:00:00.000Z', '2026-11-20T11:00:00.000Z']
      : [];
    const times = [tag?.lastUpdateTime, moved?.lastUpdateTime, artifact?.createdOn].flatMap(
      (time) => time?.toISOString() ?? [],
    );
    expect(times).toEqual(expected);
  });
});
