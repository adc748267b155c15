import type { Layout } from './layout.ts';

const host = 'contoso.azurecr.io';

/** A layout, and what its routes write: image → environment → files. */
export interface Case {
  readonly name: string;
  readonly layout: Layout;
  readonly writes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** `FILE: START OF REASON` of what no route writes. */
  readonly uncovered?: readonly string[];
}

const chart = (repository: string, tag: string): string =>
  `image:\n  repository: ${host}/${repository}\n  tag: "${tag}"\n`;
const deployment = (name: string, image: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec:\n  template:\n    spec:\n      containers:\n        - name: ${name}\n          image: ${image}\n`;
const kustomization = (name: string, tag: string, rest = ''): string =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${rest}images:\n  - name: ${name}\n    newTag: "${tag}"\n`;
const application = (name: string, source: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name}, namespace: argocd }\nspec:\n  source:\n    repoURL: https://github.com/contoso/deploy\n${source}`;
const chartSource = (name: string, stage: string): string =>
  `    path: charts/${name}\n    helm: { valueFiles: ['../../stages/${name}-${stage}.yaml'] }\n`;
const release = (name: string, values: string): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: ${name} }\nspec: { values: { ${values} } }\n`;
const dev = (file: string): Readonly<Record<string, readonly string[]>> => ({ dev: [file] });

export const corpus: readonly Case[] = [
  {
    name: 'global registry, and a repository without it',
    layout: {
      'values-dev.yaml': `global: { imageRegistry: ${host} }\nimage: { repository: shop/a, tag: 1.0.0 }\n`,
    },
    writes: { 'shop/a': dev('values-dev.yaml') },
  },
  {
    name: 'global registry in values.yaml alone',
    layout: {
      'values.yaml': `global: { imageRegistry: ${host} }\nimage: { repository: shop/a }\n`,
      'values-dev.yaml': 'image: { tag: 1.0.0 }\n',
      'values-prod.yaml': 'image: { tag: 1.0.1 }\n',
    },
    writes: { 'shop/a': { dev: ['values-dev.yaml'], prod: ['values-prod.yaml'] } },
    uncovered: ['values.yaml: no tag is beside it'],
  },
  {
    name: 'registry and name',
    layout: { 'dev/values.yaml': `image: { registry: ${host}, name: shop/a, tag: main-7 }\n` },
    writes: { 'shop/a': dev('dev/values.yaml') },
  },
  {
    name: 'registry and repository',
    layout: { 'dev/values.yaml': `image: { registry: ${host}, repository: shop/a, tag: main-7 }\n` },
    writes: { 'shop/a': dev('dev/values.yaml') },
  },
  {
    name: 'image and tag side by side',
    layout: { 'values-dev.yaml': `image: ${host}/a\ntag: 20261101.3\n` },
    writes: { a: dev('values-dev.yaml') },
  },
  {
    name: 'imageRepository and imageTag',
    layout: { 'values-dev.yaml': `api: { imageRepository: ${host}/a, imageTag: "12" }\n` },
    writes: { a: dev('values-dev.yaml') },
  },
  {
    name: 'several images in one values file',
    layout: {
      'values-dev.yaml': `api: { image: { repository: ${host}/a, tag: 1.0.0 } }\nweb: { image: { repository: ${host}/b, tag: main-3 } }\njob: { image: '${host}/c:abc1234' }\n`,
    },
    writes: { a: dev('values-dev.yaml'), b: dev('values-dev.yaml'), c: dev('values-dev.yaml') },
  },
  {
    name: 'a whole reference in a list of variables',
    layout: { 'values-dev.yaml': `env: [{ name: WORKER_IMAGE, value: '${host}/a:1.0.0' }]\n` },
    writes: { a: dev('values-dev.yaml') },
  },
  {
    name: 'a chart in a chart',
    layout: {
      'umbrella/values-dev.yaml': `a: { image: { tag: 1.0.0 } }\n`,
      'umbrella/values.yaml': `a: { image: { repository: ${host}/a } }\n`,
      'umbrella/charts/a/values.yaml': 'image: { pullPolicy: Always }\n',
    },
    writes: { a: dev('umbrella/values-dev.yaml') },
    uncovered: ['umbrella/values.yaml: no tag is beside it'],
  },
  {
    name: 'values files of stages, outside of the chart that names the images',
    layout: {
      'charts/crm/Chart.yaml': 'apiVersion: v2\nname: crm\nversion: 0.1.0\n',
      'charts/crm/values.yaml': `global: { registry: ${host} }\napi: { image: { name: crm/api, tag: latest } }\nui: { image: { name: crm/ui, tag: latest } }\n`,
      'stages/dev/values.yaml': 'api: { image: { tag: main-9 } }\nui: { image: { tag: main-8 } }\n',
      'stages/prod/values.yaml': 'api: { image: { tag: main-7 } }\nui: { image: { tag: main-6 } }\n',
    },
    writes: Object.fromEntries(
      ['crm/api', 'crm/ui'].map((image) => [
        image,
        { dev: ['stages/dev/values.yaml'], prod: ['stages/prod/values.yaml'] },
      ]),
    ),
    uncovered: ['charts/crm/values.yaml: it shows no environment', 'charts/crm/values.yaml: it shows no environment'],
  },
  {
    name: 'values files of stages for charts of one shape, which Applications tell apart',
    layout: Object.fromEntries(
      ['a', 'b'].flatMap((name) => [
        [`charts/${name}/Chart.yaml`, `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`],
        [`charts/${name}/values.yaml`, `image: { repository: ${host}/${name} }\n`],
        [`stages/${name}-d1.yaml`, 'image: { tag: "9" }\n'],
        [`stages/${name}-prd.yaml`, 'image: { tag: "7" }\n'],
        [`argocd/${name}-d1.yaml`, application(`${name}-d1`, chartSource(name, 'd1'))],
        [`argocd/${name}-prd.yaml`, application(`${name}-prd`, chartSource(name, 'prd'))],
      ]),
    ),
    writes: {
      a: { d1: ['stages/a-d1.yaml'], prd: ['stages/a-prd.yaml'] },
      b: { d1: ['stages/b-d1.yaml'], prd: ['stages/b-prd.yaml'] },
    },
    uncovered: ['charts/a/values.yaml: no tag is beside it', 'charts/b/values.yaml: no tag is beside it'],
  },
  {
    name: 'a base, and overlays that set the tag',
    layout: {
      'base/deployment.yaml': deployment('a', `${host}/a`),
      'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
      'overlays/dev/kustomization.yaml': kustomization(`${host}/a`, '7', 'resources: [../../base]\n'),
      'overlays/prod/kustomization.yaml': kustomization(`${host}/a`, '6', 'resources: [../../base]\n'),
    },
    writes: { a: { dev: ['overlays/dev/kustomization.yaml'], prod: ['overlays/prod/kustomization.yaml'] } },
    uncovered: ['base/deployment.yaml: a kustomization sets this image'],
  },
  {
    name: 'a placeholder name in kustomizations',
    layout: {
      'base/deployment.yaml': deployment('a', 'a'),
      'overlays/dev/kustomization.yaml': `images: [{ name: a, newName: ${host}/shop/a, newTag: v1.0.0 }]\n`,
    },
    writes: { 'shop/a': dev('overlays/dev/kustomization.yaml') },
  },
  {
    name: 'a component',
    layout: {
      'components/dev/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: [{ name: ${host}/a, newTag: v3 }]\n`,
      'components/prod/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: [{ name: ${host}/a, newTag: v2 }]\n`,
    },
    writes: { a: { dev: ['components/dev/kustomization.yaml'], prod: ['components/prod/kustomization.yaml'] } },
  },
  {
    name: 'plain manifests in folders',
    layout: {
      'envs/test/a.yaml': deployment('a', `${host}/a:41`),
      'envs/live/a.yaml': deployment('a', `${host}/a:40`),
    },
    writes: { a: { test: ['envs/test/a.yaml'], live: ['envs/live/a.yaml'] } },
  },
  {
    name: 'two workloads of one image in one environment',
    layout: {
      'dev/web.yaml': deployment('web', `${host}/a:41`),
      'dev/worker.yaml': deployment('worker', `${host}/a:41`),
    },
    writes: { a: { dev: ['dev/web.yaml', 'dev/worker.yaml'] } },
  },
  {
    name: 'a HelmRelease of Flux',
    layout: {
      'clusters/dev/a.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: a }\nspec: { values: { image: { repository: ${host}/a, tag: 1.0.0 } } }\n`,
    },
    writes: { a: dev('clusters/dev/a.yaml') },
  },
  {
    name: 'parameters of Applications',
    layout: {
      'apps/dev/a.yaml': application(
        'a-dev',
        `    path: charts/a\n    helm:\n      parameters:\n        - { name: image.repository, value: ${host}/a }\n        - { name: image.tag, value: 1.0.0 }\n`,
      ),
      'apps/prod/a.yaml': application(
        'a-prod',
        `    path: charts/a\n    helm:\n      parameters:\n        - { name: image.repository, value: ${host}/a }\n        - { name: image.tag, value: 0.9.0 }\n`,
      ),
    },
    writes: { a: { dev: ['apps/dev/a.yaml'], prod: ['apps/prod/a.yaml'] } },
  },
  {
    name: 'a parameter of the tag, and the repository in the chart',
    layout: {
      'charts/a/values.yaml': `image: { repository: ${host}/a }\n`,
      'apps/dev/a.yaml': application(
        'a-dev',
        '    path: charts/a\n    helm: { parameters: [{ name: image.tag, value: 1.0.0 }] }\n',
      ),
    },
    writes: { a: dev('apps/dev/a.yaml') },
    uncovered: ['charts/a/values.yaml: no tag is beside it'],
  },
  {
    name: 'valuesObject of an Application',
    layout: {
      'apps/dev/a.yaml': application(
        'a-dev',
        `    path: charts/a\n    helm: { valuesObject: { image: { repository: ${host}/a, tag: 1.0.0 } } }\n`,
      ),
    },
    writes: { a: dev('apps/dev/a.yaml') },
  },
  {
    name: 'kustomize.images of an Application',
    layout: {
      'apps/dev/a.yaml': application('a-dev', `    path: a\n    kustomize: { images: ['${host}/a:v12'] }\n`),
    },
    writes: { a: dev('apps/dev/a.yaml') },
  },
  {
    name: 'elements of a list generator',
    layout: {
      'sets/a.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: { name: a }\nspec:\n  generators:\n    - list:\n        elements:\n          - { env: dev, tag: 1.1.0 }\n          - { env: prod, tag: 1.0.0 }\n  template:\n    metadata: { name: 'a-{{env}}' }\n    spec:\n      source:\n        path: charts/a\n        helm:\n          parameters:\n            - { name: image.repository, value: ${host}/a }\n            - { name: image.tag, value: '{{tag}}' }\n`,
    },
    writes: { a: { dev: ['sets/a.yaml'], prod: ['sets/a.yaml'] } },
  },
  {
    name: 'templates of a token replacer',
    layout: {
      'dev/a.yaml': deployment('a', `${host}/a:#{TAG}#`),
      'dev/b.yaml': deployment('b', `${host}/b:5`),
    },
    writes: { b: dev('dev/b.yaml') },
    uncovered: ['dev/a.yaml: it is a template'],
  },
  {
    name: 'templates of envsubst',
    layout: {
      'dev/a.yaml': deployment('a', `${host}/a:$TAG`),
      'values-dev.yaml': `image: { repository: ${host}/c, tag: '\${TAG}' }\n`,
      'dev/b.yaml': deployment('b', `${host}/b:5`),
    },
    writes: { b: dev('dev/b.yaml') },
    uncovered: ['dev/a.yaml: it is a template', 'values-dev.yaml: it is a template'],
  },
  {
    name: 'an anchor, and its alias',
    layout: { 'values-dev.yaml': `tag: &tag 1.0.0\nimage: { repository: ${host}/a, tag: *tag }\n` },
    writes: {},
    uncovered: ['values-dev.yaml: no tag is beside it'],
  },
  {
    name: 'a name by a merge key',
    layout: { 'values-dev.yaml': `base: &base { repository: ${host}/a }\nimage: { <<: *base, tag: 1.0.0 }\n` },
    writes: { a: dev('values-dev.yaml') },
  },
  {
    name: 'a family of services in one pattern',
    layout: Object.fromEntries(
      ['cart', 'orders', 'stock'].flatMap((service) =>
        ['dev', 'prod'].map((stage, index) => [
          `apps/${service}/values-${stage}.yaml`,
          chart(`shop/${service}`, `1.${index}.0`),
        ]),
      ),
    ),
    writes: Object.fromEntries(
      ['cart', 'orders', 'stock'].map((service) => [
        `shop/${service}`,
        { dev: [`apps/${service}/values-dev.yaml`], prod: [`apps/${service}/values-prod.yaml`] },
      ]),
    ),
  },
  {
    name: 'values files of services: none is an environment',
    layout: {
      'values-orders.yaml': chart('orders', '1.0.0'),
      'values-cart.yaml': chart('cart', '1.0.0'),
    },
    writes: { orders: { default: ['values-orders.yaml'] }, cart: { default: ['values-cart.yaml'] } },
  },
  {
    name: 'stages and regions',
    layout: Object.fromEntries(
      ['dev', 'prod'].flatMap((stage) =>
        ['weu', 'neu'].map((region) => [`${stage}/${region}/values.yaml`, chart('a', 'v1')]),
      ),
    ),
    writes: {
      a: {
        'dev-neu': ['dev/neu/values.yaml'],
        'dev-weu': ['dev/weu/values.yaml'],
        'prod-neu': ['prod/neu/values.yaml'],
        'prod-weu': ['prod/weu/values.yaml'],
      },
    },
  },
  {
    name: 'regions in front of stages',
    layout: Object.fromEntries(
      ['eu-staging', 'us-staging', 'eu-prod'].map((stage, index) => [
        `clusters/${stage}/a.yaml`,
        deployment('a', `${host}/a:4${9 - index}`),
      ]),
    ),
    writes: {
      a: {
        'eu-staging': ['clusters/eu-staging/a.yaml'],
        'us-staging': ['clusters/us-staging/a.yaml'],
        'eu-prod': ['clusters/eu-prod/a.yaml'],
      },
    },
  },
  {
    name: 'stages of one letter and a digit, in names of folders',
    layout: Object.fromEntries(
      ['d1', 't2', 'p1'].map((stage, index) => [
        `rg-shop-${stage}/a/kustomization.yaml`,
        kustomization(`${host}/a`, `1.${9 - index}.0`),
      ]),
    ),
    writes: {
      a: {
        d1: ['rg-shop-d1/a/kustomization.yaml'],
        t2: ['rg-shop-t2/a/kustomization.yaml'],
        p1: ['rg-shop-p1/a/kustomization.yaml'],
      },
    },
  },
  {
    name: 'services with tags of several kinds',
    layout: {
      'values-dev.yaml': `a: { image: '${host}/a:1.0.0' }\nb: { image: '${host}/b:main-ab12cd3' }\nc: { image: '${host}/c:007' }\n`,
    },
    writes: { a: dev('values-dev.yaml'), b: dev('values-dev.yaml'), c: dev('values-dev.yaml') },
  },
  {
    name: 'pre-releases in dev, releases in prod',
    layout: { 'values-dev.yaml': chart('a', '1.1.0-rc.4'), 'values-prod.yaml': chart('a', '1.0.0') },
    writes: { a: { dev: ['values-dev.yaml'], prod: ['values-prod.yaml'] } },
  },
  {
    name: 'several documents in one file',
    layout: {
      'dev/all.yaml': `${deployment('a', `${host}/a:1.0.0`)}---\n${deployment('b', `${host}/b:2.0.0`)}`,
      'prod/all.yaml': `${deployment('a', `${host}/a:1.0.0`)}---\n${deployment('b', `${host}/b:2.0.0`)}`,
    },
    writes: {
      a: { dev: ['dev/all.yaml'], prod: ['prod/all.yaml'] },
      b: { dev: ['dev/all.yaml'], prod: ['prod/all.yaml'] },
    },
  },
  {
    name: 'init containers and CronJobs',
    layout: {
      'dev/job.yaml': `apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: j }\nspec: { jobTemplate: { spec: { template: { spec: { initContainers: [{ name: i, image: '${host}/i:3' }], containers: [{ name: j, image: '${host}/j:4' }] } } } } }\n`,
    },
    writes: { i: dev('dev/job.yaml'), j: dev('dev/job.yaml') },
  },
  {
    name: 'patches of HelmReleases that set the tag, and the names in a base',
    layout: Object.fromEntries(
      ['a', 'b'].flatMap((name) => [
        [`apps/base/${name}/release.yaml`, release(name, `image: { repository: ${host}/${name} }`)],
        [`apps/staging/${name}-values.yaml`, release(name, 'image: { tag: 2.4.0 }')],
        [`apps/production/${name}-values.yaml`, release(name, 'image: { tag: 2.3.1 }')],
      ]),
    ),
    writes: Object.fromEntries(
      ['a', 'b'].map((name) => [
        name,
        { staging: [`apps/staging/${name}-values.yaml`], production: [`apps/production/${name}-values.yaml`] },
      ]),
    ),
    uncovered: ['apps/base/a/release.yaml: no tag is beside it', 'apps/base/b/release.yaml: no tag is beside it'],
  },
  {
    name: 'images in the text of patches: the base is not written',
    layout: {
      'base/a.yaml': deployment('a', `${host}/a:0.0.0`),
      'overlays/live/kustomization.yaml': `resources: [../../base]\npatches:\n  - target: { kind: Deployment, name: a }\n    patch: |-\n      - op: replace\n        path: /spec/template/spec/containers/0/image\n        value: ${host}/a:1.0.0\n`,
      'overlays/int/b.yaml': deployment('b', `${host}/b:4`),
    },
    writes: { b: { int: ['overlays/int/b.yaml'] } },
    uncovered: [
      'base/a.yaml: a patch in overlays/live/kustomization.yaml sets this image',
      'overlays/live/kustomization.yaml: it is in the text of a patch, which tagrelay does not edit',
    ],
  },
  {
    name: 'values of an Application as a text',
    layout: {
      'argo/dev/a.yaml': application(
        'a-dev',
        `    path: charts/a\n    helm:\n      values: |\n        image:\n          repository: ${host}/a\n          tag: "1201"\n`,
      ),
      'argo/prod/b.yaml': application('b-prod', `    path: b\n    kustomize: { images: ['${host}/b:v12'] }\n`),
    },
    writes: { b: { prod: ['argo/prod/b.yaml'] } },
    uncovered: [
      'argo/dev/a.yaml: it is in the text `helm.values`, which tagrelay does not edit: write `helm.valuesObject`',
    ],
  },
  {
    name: 'image and version side by side',
    layout: Object.fromEntries(
      ['d', 'p'].map((stage, index) => [
        `config/env-${stage}.yaml`,
        `services:\n  a: { image: ${host}/a, version: 3.${9 - index}.0 }\ncharts: [{ repository: 'oci://${host}/charts', name: b, version: 1.0.0 }]\n`,
      ]),
    ),
    writes: { a: { d: ['config/env-d.yaml'], p: ['config/env-p.yaml'] } },
  },
  {
    name: 'JSON files of a git generator',
    layout: {
      'appsets/services.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: { name: services }\nspec:\n  generators: [{ git: { repoURL: 'https://github.com/contoso/deploy', files: [{ path: 'services/**/config.json' }] } }]\n  template:\n    metadata: { name: '{{service}}-{{environment}}' }\n    spec: { source: { repoURL: 'https://github.com/contoso/deploy', targetRevision: trunk, path: chart, helm: { parameters: [{ name: image.tag, value: '{{image.tag}}' }] } } }\n`,
      ...Object.fromEntries(
        ['a', 'b'].flatMap((name) =>
          ['dev', 'uat'].map((stage, index) => [
            `services/${name}/${stage}/config.json`,
            `${JSON.stringify({ service: name, environment: stage, image: { repository: `${host}/${name}`, tag: `1.${9 - index}.0` } }, null, 2)}\n`,
          ]),
        ),
      ),
      'package.json': '{ "scripts": { "lint": "tools/run:lint" } }\n',
      'tsconfig.json': '{ // settings\n}\n',
    },
    writes: Object.fromEntries(
      ['a', 'b'].map((name) => [
        name,
        { dev: [`services/${name}/dev/config.json`], uat: [`services/${name}/uat/config.json`] },
      ]),
    ),
  },
  {
    name: 'JSON files by environment',
    layout: {
      'app.dev.json': `{ "image": "${host}/a:1.1.0" }\n`,
      'app.prod.json': `{ "image": "${host}/a:1.0.0" }\n`,
    },
    writes: { a: { dev: ['app.dev.json'], prod: ['app.prod.json'] } },
  },
  {
    name: 'templates of Helmfile',
    layout: {
      'releases/a/dev.yaml': chart('a', '7'),
      'releases/b/values.yaml.gotmpl': `image: { repository: ${host}/b, tag: {{ .Values.versions.b }} }\n`,
    },
    writes: { a: dev('releases/a/dev.yaml') },
    uncovered: ['releases/b/values.yaml.gotmpl: init reads YAML and JSON only'],
  },
  {
    name: 'a custom resource with an image',
    layout: {
      'dev/r.yaml': `apiVersion: apps.contoso.com/v1\nkind: Runner\nmetadata: { name: r }\nspec: { image: '${host}/a:4' }\n`,
    },
    writes: { a: dev('dev/r.yaml') },
  },
];
