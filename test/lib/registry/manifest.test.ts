import { describe, expect, test } from 'vitest';
import { parseChartConfig, parseImageConfig, parseManifest } from '../../../src/lib/registry/oci/manifest.ts';

const name = 'contoso.azurecr.io/shop/api@sha256:…';
const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const config = (mediaType: string) => ({ mediaType, digest: digest('c'), size: 2 });
const entry = (digit: string, os?: string, architecture?: string, annotations?: object) => ({
  digest: digest(digit),
  ...(os === undefined ? {} : { platform: { os, architecture } }),
  ...(annotations === undefined ? {} : { annotations }),
});

const ociImage = 'application/vnd.oci.image.config.v1+json';
const dockerImage = 'application/vnd.docker.container.image.v1+json';

test.each([
  ['an OCI image', ociImage, ['application/vnd.oci.image.layer.v1.tar+gzip'], 'image'],
  ['an OCI image with zstd layers', ociImage, ['application/vnd.oci.image.layer.v1.tar+zstd'], 'image'],
  ['a Docker image', dockerImage, ['application/vnd.docker.image.rootfs.diff.tar.gzip'], 'image'],
  ['a Windows image', dockerImage, ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'], 'image'],
  ['an image from scratch', ociImage, [], 'image'],
  [
    'a Helm chart',
    'application/vnd.cncf.helm.config.v1+json',
    ['application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
    'chart',
  ],
  ['a cosign signature', ociImage, ['application/vnd.dev.cosign.simplesigning.v1+json'], 'other'],
  ['a BuildKit attestation', ociImage, ['application/vnd.in-toto+json'], 'other'],
  ['an artifact', 'application/vnd.oci.empty.v1+json', ['text/plain'], 'other'],
])('%s', (_name, mediaType, layers, kind) => {
  const manifest = { config: config(mediaType), layers: layers.map((mediaType) => ({ mediaType })) };
  expect(parseManifest(bytes(manifest), name).kind).toBe(kind);
});

test('of an index the images come first that are most deployed, and attestations not at all', () => {
  const attestation = { 'vnd.docker.reference.type': 'attestation-manifest' };
  const manifests = [
    entry('1', 'windows', 'amd64'),
    entry('2', 'unknown', 'unknown', attestation),
    entry('3', 'linux', 'arm64'),
    entry('4', 'linux', 'amd64', attestation),
    entry('5', 'linux', 'amd64'),
    entry('6'),
  ];
  expect(parseManifest(bytes({ manifests, annotations: null }), name)).toEqual({
    kind: 'index',
    annotations: {},
    hasPlatforms: true,
    images: ['5', '3', '1', '6'].map(digest),
  });
});

test('annotations that are no text are left out', () => {
  const annotations = { text: 'x', number: 1, nothing: null, __proto__: { polluted: 'x' } };
  const manifest = parseManifest(bytes({ config: config(ociImage), annotations }), name);
  expect(manifest.annotations).toEqual({ text: 'x' });
});

describe('is invalid', () => {
  test.each([
    ['no JSON', 'not JSON'],
    ['a text', '"x"'],
    ['nothing', 'null'],
    ['a digest that is a path', { config: { ...config(ociImage), digest: '../../oauth2/token' } }],
    ['a child that is no digest', { manifests: [{ digest: 'latest' }] }],
    ['index and manifest at once', { manifests: [], config: config(ociImage), layers: [] }],
    ['index and layers at once', { manifests: [], layers: [] }],
  ])('%s', (_name, text) => {
    expect(() => parseManifest(bytes(text), name)).toThrow(
      expect.objectContaining({ code: 'registry-content-invalid' }),
    );
  });
});

test('an older manifest, without config, is no image', () => {
  expect(parseManifest(bytes({ schemaVersion: 1, fsLayers: [] }), name)).toEqual({
    kind: 'other',
    annotations: {},
    type: 'no media type',
  });
});

test.each([
  [
    { created: '2026-11-20T10:00:00.5Z', config: { Labels: { a: '1' } } },
    { labels: { a: '1' }, builtOn: new Date('2026-11-20T10:00:00.5Z') },
  ],
  [
    { created: '0001-01-01T00:00:00Z', config: { Labels: null } },
    { labels: {}, builtOn: new Date('0001-01-01T00:00:00Z') },
  ],
  [{ created: 'yesterday', config: null }, { labels: {} }],
  [{}, { labels: {} }],
])('image config %j', (value, expected) => {
  expect(parseImageConfig(bytes(value), name)).toEqual(expected);
});

test('a chart without name or version is invalid', () => {
  expect(parseChartConfig(bytes({ name: 'shop', version: '1.0.0+7', appVersion: '2' }), name)).toEqual({
    chart: { name: 'shop', version: '1.0.0+7' },
  });
  const invalid = expect.objectContaining({ code: 'registry-content-invalid' });
  expect(() => parseChartConfig(bytes({ name: 'shop' }), name)).toThrow(invalid);
  expect(() => parseImageConfig(bytes('[]'), name)).toThrow(invalid);
});
