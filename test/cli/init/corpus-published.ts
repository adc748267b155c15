import type { Case } from './corpus.ts';

const host = 'contoso.azurecr.io';

const deployment = (name: string, image: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec: { template: { spec: { containers: [{ name: ${name}, image: '${image}' }] } } }\n`;
const overlay = (image: string, tag: string): string => `images:\n  - name: ${image}\n    newTag: "${tag}"\n`;
const release = (name: string, tag: string): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: ${name} }\nspec:\n  values:\n    controllers:\n      ${name}:\n        containers:\n          app:\n            image:\n              repository: ${host}/home/${name}\n              tag: ${tag}\n`;

/** Layouts in the manner of published repositories: homes, umbrella charts, stages in one file, previews, archives. */
export const published: readonly Case[] = [
  {
    name: 'a map of containers in a HelmRelease',
    layout: {
      'kubernetes/apps/default/echo/app/helmrelease.yaml': release('echo', '2.3.1'),
      'kubernetes/apps/media/atlas/app/helmrelease.yaml': release('atlas', '2.4.0'),
    },
    writes: {
      'home/echo': { default: ['kubernetes/apps/default/echo/app/helmrelease.yaml'] },
      'home/atlas': { default: ['kubernetes/apps/media/atlas/app/helmrelease.yaml'] },
    },
  },
  {
    name: 'a tag for each stage in one file',
    layout: Object.fromEntries(
      ['api', 'web'].map((name) => [
        `services/${name}/versions.yaml`,
        `image: ${host}/shop/${name}\nversions:\n  dev: 20261129.4\n  prod: 20261121.1\n`,
      ]),
    ),
    writes: Object.fromEntries(
      ['api', 'web'].map((name) => [
        `shop/${name}`,
        { dev: [`services/${name}/versions.yaml`], prod: [`services/${name}/versions.yaml`] },
      ]),
    ),
  },
  {
    name: 'a section for each stage, and the image above them',
    layout: {
      'releases/portal.yaml': `app: portal\nimage: ${host}/portal\nenvironments:\n  test:\n    tag: 1.4.0\n  prod:\n    tag: 1.3.9\n`,
    },
    writes: { portal: { test: ['releases/portal.yaml'], prod: ['releases/portal.yaml'] } },
  },
  {
    name: 'a section for each stage, with an image in each',
    layout: {
      'values.yaml': `dev: { image: { repository: ${host}/a, tag: 1.1.0 } }\nprd: { image: { repository: ${host}/a, tag: 1.0.0 } }\n`,
    },
    writes: { a: { dev: ['values.yaml'], prd: ['values.yaml'] } },
  },
  {
    name: 'a repository that is the front of all names of a chart',
    layout: {
      'chart/values.yaml': `images: { repository: ${host}/boutique, tag: "" }\n`,
      'stages/dev/cart.yaml': deployment('cart', `${host}/boutique/cart:v0.10.3`),
      'stages/prod/cart.yaml': deployment('cart', `${host}/boutique/cart:v0.10.2`),
    },
    writes: { 'boutique/cart': { dev: ['stages/dev/cart.yaml'], prod: ['stages/prod/cart.yaml'] } },
    uncovered: ['chart/values.yaml: it is the front of the names of other images'],
  },
  {
    name: 'manifests that no kustomization includes, beside a base',
    layout: {
      'kustomize/base/cart.yaml': deployment('cart', `${host}/cart:v3`),
      'kustomize/base/kustomization.yaml': 'resources: [cart.yaml]\n',
      'kustomize/overlays/dev/kustomization.yaml': `resources: [../../base]\n${overlay(`${host}/cart`, 'v3')}`,
      'release/kubernetes-manifests.yaml': deployment('cart', `${host}/cart:v2`),
    },
    writes: { cart: { dev: ['kustomize/overlays/dev/kustomization.yaml'] } },
    uncovered: [
      'kustomize/base/cart.yaml: a kustomization sets this image',
      'release/kubernetes-manifests.yaml: it shows no environment, as other files of the image do',
    ],
  },
  {
    name: 'an archive and an example beside the files of the clusters',
    layout: {
      'envs/dev/chat/kustomization.yaml': overlay(`${host}/chat`, '3.0.1'),
      'envs/prod/chat/kustomization.yaml': overlay(`${host}/chat`, '2.9.9'),
      'archive/envs/dev/chat/kustomization.yaml': overlay(`${host}/chat`, '1.0.0'),
      'docs/example/values-dev.yaml': `image: { repository: ${host}/chat, tag: 1.0.0 }\n`,
    },
    writes: { chat: { dev: ['envs/dev/chat/kustomization.yaml'], prod: ['envs/prod/chat/kustomization.yaml'] } },
    uncovered: [
      'archive/envs/dev/chat/kustomization.yaml: it is in `archive`, and other files set this image',
      'docs/example/values-dev.yaml: it is in `docs`, and other files set this image',
    ],
  },
  {
    name: 'a checkout of examples',
    layout: { 'examples/dev/a.yaml': deployment('a', `${host}/a:4`) },
    writes: { a: { dev: ['examples/dev/a.yaml'] } },
  },
  {
    name: 'folders of the previews of pull requests',
    layout: {
      'envs/dev/a.yaml': deployment('a', `${host}/a:4`),
      'envs/pr-1412/a.yaml': deployment('a', `${host}/a:pr-1412-3`),
      'envs/review-7/a.yaml': deployment('a', `${host}/a:pr-7-1`),
    },
    writes: { a: { dev: ['envs/dev/a.yaml'] } },
    uncovered: [
      'envs/pr-1412/a.yaml: it belongs to the preview of one pull request',
      'envs/review-7/a.yaml: it belongs to the preview of one pull request',
    ],
  },
  {
    name: 'names of two stage words',
    layout: Object.fromEntries(
      ['node', 'spring'].flatMap((app) =>
        ['demo-dev', 'alpha-jp', 'prod-kr'].map((name, index) => [
          `apps/${app}/values-${name}.yaml`,
          `image: { repository: ${host}/${app}, tag: v0.14.${9 - index} }\n`,
        ]),
      ),
    ),
    writes: Object.fromEntries(
      ['node', 'spring'].map((app) => [
        app,
        {
          'alpha-jp': [`apps/${app}/values-alpha-jp.yaml`],
          'demo-dev': [`apps/${app}/values-demo-dev.yaml`],
          'prod-kr': [`apps/${app}/values-prod-kr.yaml`],
        },
      ]),
    ),
  },
  {
    name: 'keys with capitals',
    layout: {
      'Environments/DEV/App/values.yaml': `Image: { Repository: ${host}/app, Tag: "2026.11.3" }\n`,
      'Environments/PROD/App/values.yaml': `Image: { Repository: ${host}/app, Tag: "2026.10.1" }\n`,
    },
    writes: { app: { DEV: ['Environments/DEV/App/values.yaml'], PROD: ['Environments/PROD/App/values.yaml'] } },
  },
  {
    name: 'the repository of a chart in a registry is no image',
    layout: {
      'argocd/test/claims.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: claims-test }\nspec:\n  sources:\n    - repoURL: ${host}/charts\n      chart: claims\n      targetRevision: 1.2.3\n      helm:\n        valueFiles: ['$values/config/test/claims.yaml']\n    - repoURL: https://github.com/contoso/deploy\n      ref: values\n`,
      'config/test/claims.yaml': `image: { repository: ${host}/claims, tag: 0.3.1 }\n`,
    },
    writes: { claims: { test: ['config/test/claims.yaml'] } },
  },
];
