import { describe, expect, test } from 'vitest';
import { pushWebhook } from '../../../local/webhook.ts';
import { makeRouteRegistryEvent } from '../../../src/lib/delivery/route-registry-event.ts';
import { formatImageReference } from '../../../src/lib/model/image-reference.ts';
import { tagUpdateSchema } from '../../../src/lib/model/tag-update.ts';
import { unbounded } from '../../support/unbounded.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, fileAtTip } from '../../support/platform.ts';
import { makeAsker, startStandIn } from '../../support/registry.ts';

/** One route for each kind of update; all of them take any tag of one repository. */
const kinds = {
  helm: ['helm: { tag: image.tag }', 'image: { tag: "0" }\n'],
  kustomize: ['kustomize: {}', 'images:\n- name: contoso.azurecr.io/kustomize\n  newTag: "0"\n'],
  manifest: [
    'manifest: {}',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n  - name: web\n    image: contoso.azurecr.io/manifest:0\n',
  ],
  application: [
    'application: {}',
    'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: web }\nspec:\n  source:\n    repoURL: https://git.contoso.example/web\n    kustomize:\n      images:\n      - contoso.azurecr.io/application:0\n',
  ],
  chart: [
    'chart: { dependency: chart }',
    'apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n- name: chart\n  version: 0.0.0\n  repository: oci://contoso.azurecr.io\n',
  ],
} as const;
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];
const fileOf = (kind: Kind) =>
  kind === 'chart' ? 'Chart.yaml' : kind === 'kustomize' ? 'kustomization.yaml' : `${kind}.yaml`;
const routes = [
  'defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }',
  'routes:',
  ...names.flatMap((kind) => [
    `  ${kind}:`,
    `    image: contoso.azurecr.io/${kind}`,
    `    update: [{ file: ${fileOf(kind)}, ${kinds[kind][0]} }]`,
    '    environments: { dev: { tags: { match: ".*", order: newest } } }',
  ]),
].join('\n');

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const imageConfig = 'application/vnd.oci.image.config.v1+json';
const emptyConfig = 'application/vnd.oci.empty.v1+json';
const imageLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';

type StandIn = Awaited<ReturnType<typeof startStandIn>>;
interface Pushed {
  readonly is: 'image' | 'chart' | 'other';
  readonly push: (standIn: StandIn, at: { repository: string; tag: string }) => void;
}

/** A manifest of a config type, a layer type and possibly an artifact type. */
const manifest = (config: string, layer: string, artifactType?: string): Pushed['push'] => {
  return ({ push }, at) => {
    push.manifest(at, {
      mediaType: manifestType,
      ...(artifactType === undefined ? {} : { artifactType }),
      config: push.blob(at.repository, config, Buffer.from('{}')),
      layers: [push.blob(at.repository, layer, Buffer.from(layer))],
    });
  };
};

/** Artifacts that clients push to a repository of an image. */
const artifacts: Readonly<Record<string, Pushed>> = {
  image: { is: 'image', push: (standIn, at) => standIn.pushImage(at) },
  'image-of-platforms': { is: 'image', push: (standIn, at) => standIn.pushImage({ ...at, multiArch: true }) },
  'index-without-platforms': {
    is: 'image',
    push: (standIn, at) => {
      const digest = standIn.pushImage({ repository: at.repository, tag: 'part' });
      standIn.push.manifest(at, { mediaType: indexType, manifests: [{ mediaType: manifestType, digest, size: 1 }] });
    },
  },
  '1.0.0': { is: 'chart', push: (standIn, at) => standIn.pushChart({ ...at, name: 'chart', version: '1.0.0' }) },
  'build-cache': { is: 'other', push: manifest('application/vnd.buildkit.cacheconfig.v0', imageLayer) },
  'build-cache-index': {
    is: 'other',
    push: ({ push }, at) => {
      const manifests = [
        push.blob(at.repository, imageLayer, Buffer.from('layer')),
        push.blob(at.repository, 'application/vnd.buildkit.cacheconfig.v0', Buffer.from('{}')),
      ];
      push.manifest(at, { mediaType: indexType, manifests });
    },
  },
  sbom: { is: 'other', push: manifest(emptyConfig, 'application/spdx+json', 'application/spdx+json') },
  'sigstore-bundle': {
    is: 'other',
    push: manifest(
      emptyConfig,
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ),
  },
  signature: { is: 'other', push: manifest(imageConfig, 'application/vnd.dev.cosign.simplesigning.v1+json') },
  attestation: { is: 'other', push: manifest(imageConfig, 'application/vnd.in-toto+json') },
  'oras-file': { is: 'other', push: manifest(emptyConfig, 'text/plain', 'application/vnd.contoso.config') },
  'wasm-module': { is: 'other', push: manifest('application/vnd.wasm.config.v0+json', 'application/wasm') },
  'docker-plugin': {
    is: 'other',
    push: manifest('application/vnd.docker.plugin.v1+json', 'application/vnd.docker.image.rootfs.diff.tar.gzip'),
  },
  'terraform-module': { is: 'other', push: manifest('application/vnd.opentofu.modulepkg', 'archive/zip') },
  'flux-source': {
    is: 'other',
    push: manifest('application/vnd.cncf.flux.config.v1+json', 'application/vnd.cncf.flux.content.v1.tar+gzip'),
  },
  'index-of-artifacts': {
    is: 'other',
    push: ({ push }, at) => {
      const [digest = ''] = ['application/spdx+json'].map((type) => {
        const config = push.blob(at.repository, emptyConfig, Buffer.from('{}'));
        return push.manifest({ repository: at.repository }, { mediaType: manifestType, artifactType: type, config })
          .digest;
      });
      push.manifest(at, { mediaType: indexType, manifests: [{ mediaType: manifestType, digest, size: 1 }] });
    },
  },
};

describe('what is no image is no update', () => {
  test.each(names)('of everything that is pushed, %s takes only its kind', async (kind) => {
    const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io' });
    const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
    const { worker, update, bare } = await deliveryBench({ routes, files: { [fileOf(kind)]: kinds[kind][1] } });
    const apply = worker({ registry });
    const taken: string[] = [];
    const others = new Set<string>();
    for (const [tag, { push }] of Object.entries(artifacts)) {
      push(standIn, { repository: kind, tag });
      const outcome = await apply(update(kind, tag));
      if (outcome.kind === 'committed') taken.push(tag);
      else others.add(outcome.kind);
    }
    const wanted = Object.entries(artifacts).filter(([, { is }]) => is === (kind === 'chart' ? 'chart' : 'image'));
    expect(taken).toEqual(wanted.map(([tag]) => tag));
    expect([...others]).toEqual(['ignored']);
    expect(await commitCount(bare)).toBe(1 + taken.length);
    expect(await fileAtTip(bare, fileOf(kind))).toContain(taken.at(-1));
  });

  test('the outcome names the artifact', async () => {
    const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io' });
    const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
    const { worker, update, store } = await deliveryBench({ routes, files: { 'helm.yaml': kinds.helm[1] } });
    artifacts['build-cache']?.push(standIn, { repository: 'helm', tag: 'cache' });
    expect(await worker({ registry })(update('helm', 'cache'))).toMatchObject({
      kind: 'ignored',
      reason: expect.stringContaining('an artifact of type application/vnd.buildkit.cacheconfig.v0') as unknown,
    });
    expect(await store.find(update('helm', 'cache'))).toBeUndefined();
  });
});

const oci = 'application/vnd.oci.image.manifest.v1+json';

test('without a registry the types in the event decide, as far as they can', async () => {
  const { table, store } = await deliveryBench({ routes, files: {} });
  const taken: string[] = [];
  const missed: string[] = [];
  const route = makeRouteRegistryEvent({
    routes: () => Promise.resolve(table),
    send: () => Promise.reject(new Error('nothing is queued')),
    missed: { note: ({ image, tag }) => Promise.resolve(void missed.push(`${image}:${tag}`)) },
    store,
    now: () => new Date(),
    withEffects: (_key, _log, work) => work(),
    worker: {
      run: ({ body }) => Promise.resolve(void taken.push(formatImageReference(tagUpdateSchema.parse(body).image))),
      runAlone: () => Promise.reject(new Error('no event is suspect')),
    },
    ...unbounded,
  });
  const types = {
    image: { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
    chart: { mediaType: oci, artifactType: 'application/vnd.cncf.helm.config.v1+json' },
    sbom: { mediaType: oci, artifactType: 'application/spdx+json' },
    unknown: { mediaType: oci },
  };
  for (const kind of names)
    for (const [tag, target] of Object.entries(types)) {
      const event = pushWebhook({ registry: 'contoso.azurecr.io', repository: kind, tag }, new Date());
      const body = { ...event, target: { ...event.target, ...target } };
      await route.run(body, { log: () => undefined, isSuspect: false, isWaiting: false });
    }
  const withoutDigest = taken.map((reference) => reference.replace(/@.*/, ''));
  const wanted = names.flatMap((kind) =>
    [...takenOf(kind), 'unknown'].map((tag) => `contoso.azurecr.io/${kind}:${tag}`),
  );
  expect(withoutDigest).toEqual(wanted);
  expect(missed).toHaveLength(names.length * Object.keys(types).length - taken.length);
});

function takenOf(kind: Kind): readonly string[] {
  if (kind === 'chart') return ['chart'];
  // An Application can have a chart as its source.
  return kind === 'application' ? ['image', 'chart'] : ['image'];
}
