import { describe, expect, test } from 'vitest';
import { gitops, propose, type Files, type Given } from './shapes.ts';

const api = 'contoso.azurecr.io/shop/api';
const worker = 'contoso.azurecr.io/shop/worker';
const values = (tag: string) => `image:\n  repository: ${api}\n  tag: "${tag}"\n`;
const tagOnly = (tag: string) => `image:\n  tag: "${tag}"\n`;
const digest = `sha256:${'a'.repeat(64)}`;
const chart = 'apiVersion: v2\nname: api\nversion: 0.1.0\n';

const object = { valuesObject: { api: { tag: '1' }, worker: `${worker}:2` } };

interface Shape {
  readonly applications: readonly Given[];
  readonly files: Files;
  readonly routes: readonly string[];
  readonly uncovered?: readonly string[];
  /** Parts of notes; no other notes are expected. */
  readonly notes?: readonly string[];
}

const helm = (valueFiles: readonly string[], rest: object = {}) => ({
  path: 'apps/api',
  helm: { valueFiles, ...rest },
});

const shapes: Readonly<Record<string, Shape>> = {
  'Kustomize, beside the preview of a pull request': {
    applications: ['dev', 'pr-7'].map((name, index) => ({
      name: `api-${name}`,
      images: [`${api}:${index + 1}`],
      source: { path: `envs/${name}` },
    })),
    files: {
      [gitops]: {
        'envs/dev/kustomization.yaml': `images: [{ name: ${api}, newTag: "1" }]\n`,
        'envs/pr-7/kustomization.yaml': `images: [{ name: ${api}, newTag: "2" }]\n`,
      },
    },
    routes: ['shop/api dev: gitops@main envs/dev/kustomization.yaml kustomize <- argocd/api-dev'],
    uncovered: [`${api} argocd/api-pr-7: it belongs to the preview of one pull request (docs/routes.md, Previews)`],
  },
  'Helm, a value file for each environment': {
    applications: [
      { name: 'api-dev', images: [`${api}:2`], source: helm(['values.yaml', 'values-dev.yaml']) },
      { name: 'api-prod', images: [`${api}:1`], source: helm(['values.yaml', 'values-prod.yaml']) },
    ],
    files: {
      [gitops]: {
        'apps/api/Chart.yaml': chart,
        'apps/api/values.yaml': values('0'),
        'apps/api/values-dev.yaml': tagOnly('2'),
        'apps/api/values-prod.yaml': tagOnly('1'),
      },
    },
    routes: [
      'shop/api dev: gitops@main apps/api/values-dev.yaml helm tag=image.tag <- argocd/api-dev',
      'shop/api prod: gitops@main apps/api/values-prod.yaml helm tag=image.tag <- argocd/api-prod',
    ],
  },
  'Helm, the last value file that sets the tag wins, not the last file': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:2`],
        source: helm(['tags/dev.yaml', 'values-dev.yaml', '../../region/weu.yaml']),
      },
      {
        name: 'api-prod',
        images: [`${api}:1`],
        source: helm(['tags/prod.yaml', 'values-prod.yaml', '/region/weu.yaml']),
      },
    ],
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('0'),
        'apps/api/tags/dev.yaml': tagOnly('1'),
        'apps/api/tags/prod.yaml': tagOnly('1'),
        'apps/api/values-dev.yaml': `replicas: 1\n${tagOnly('2')}`,
        'apps/api/values-prod.yaml': 'replicas: 3\n',
        'region/weu.yaml': 'region: weu\n',
      },
    },
    routes: [
      'shop/api dev: gitops@main apps/api/values-dev.yaml helm tag=image.tag <- argocd/api-dev',
      'shop/api prod: gitops@main apps/api/tags/prod.yaml helm tag=image.tag <- argocd/api-prod',
    ],
  },
  'Helm, patterns in the value files: files before folders, and named files at their own place': {
    applications: [
      { name: 'api-dev', images: [`${api}:3`], source: helm(['env/**/*.yaml', 'env/a.yaml']) },
      {
        name: 'worker-dev',
        images: [`${worker}:2`],
        source: { path: 'apps/worker', helm: { valueFiles: ['[ab].yaml'] } },
      },
    ],
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('0'),
        'apps/api/env/a.yaml': 'replicas: 1\n',
        'apps/api/env/z.yaml': tagOnly('1'),
        'apps/api/env/nested/c.yaml': tagOnly('3'),
        'apps/worker/a.yaml': `image: '${worker}:1'\n`,
        'apps/worker/b.yaml': `image: '${worker}:2'\n`,
        'apps/worker/c.yaml': `image: '${worker}:3'\n`,
      },
    },
    routes: [
      'shop/api dev: gitops@main apps/api/env/nested/c.yaml helm tag=image.tag <- argocd/api-dev',
      'shop/worker dev: gitops@main apps/worker/b.yaml helm image=image <- argocd/worker-dev',
    ],
  },
  'Helm, null removes what a file before has set': {
    applications: [{ name: 'api-dev', images: [`${api}:2`], source: helm(['a.yaml', 'b.yaml']) }],
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('2'),
        'apps/api/a.yaml': 'image: null\n',
        'apps/api/b.yaml': `backend:\n  image: ${api}:2\n`,
      },
    },
    routes: ['shop/api dev: gitops@main apps/api/b.yaml helm image=backend.image <- argocd/api-dev'],
  },
  'Helm, only the chart sets the tag, for two applications': {
    applications: [
      { name: 'api-dev', images: [`${api}:7`], source: helm(['values-dev.yaml']) },
      { name: 'api-prod', images: [`${api}:7`], source: helm(['values-prod.yaml']) },
    ],
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('7'),
        'apps/api/values-dev.yaml': 'replicas: 1\n',
        'apps/api/values-prod.yaml': 'replicas: 2\n',
      },
    },
    routes: ['shop/api default: gitops@main apps/api/values.yaml helm tag=image.tag <- argocd/api-dev argocd/api-prod'],
    notes: ['apps/api/values.yaml sets one value for argocd/api-dev, argocd/api-prod'],
  },
  'Helm, regions read one file of their stage': {
    applications: ['weu', 'neu'].map((region) => ({
      name: `api-prod-${region}`,
      images: [`${api}:7`],
      source: helm(['values-prod.yaml', `values-${region}.yaml`]),
    })),
    files: {
      [gitops]: {
        'apps/api/values-prod.yaml': values('7'),
        'apps/api/values-weu.yaml': 'region: weu\n',
        'apps/api/values-neu.yaml': 'region: neu\n',
      },
    },
    routes: [
      'shop/api prod: gitops@main apps/api/values-prod.yaml helm tag=image.tag <- argocd/api-prod-weu argocd/api-prod-neu',
    ],
  },
  'Helm, umbrella chart with several images and a list': {
    applications: [
      {
        name: 'shop-dev',
        images: [`${api}:2`, `${worker}:3`],
        source: { path: 'shop', helm: { valueFiles: ['dev.yaml'] } },
      },
    ],
    files: {
      [gitops]: {
        'shop/dev.yaml': `api:\n  image:\n    registry: contoso.azurecr.io\n    repository: shop/api\n    tag: '2'\njobs:\n  - name: mail\n    image: { repository: ${worker}, tag: '3', digest: 'sha256:${'a'.repeat(64)}' }\n`,
      },
    },
    routes: [
      'shop/api dev: gitops@main shop/dev.yaml helm tag=api.image.tag <- argocd/shop-dev',
      'shop/worker dev: gitops@main shop/dev.yaml helm tag=jobs[name=mail].image.tag digest=jobs[name=mail].image.digest <- argocd/shop-dev',
    ],
  },
  'Helm, values of a local dependency and an alias': {
    applications: [
      { name: 'shop-dev', images: [`${api}:2`], source: { path: 'umbrella', helm: { valueFiles: ['dev.yaml'] } } },
    ],
    files: {
      [gitops]: {
        'umbrella/Chart.yaml': `${chart}dependencies:\n  - { name: service, alias: backend, version: 1.0.0, repository: 'file://../service' }\n`,
        'service/values.yaml': values('0'),
        'umbrella/dev.yaml': `backend:\n  ${tagOnly('2').replaceAll('\n', '\n  ')}\n`,
      },
    },
    routes: ['shop/api dev: gitops@main umbrella/dev.yaml helm tag=backend.image.tag <- argocd/shop-dev'],
  },
  'Helm, the name of the image is in the template, and the tag alone shows the value': {
    applications: [
      {
        name: 'shop-dev',
        images: [`${api}:2024.7`, `${worker}:2024.7`],
        source: { path: 'shop', helm: { valueFiles: ['dev.yaml'] } },
      },
    ],
    files: { [gitops]: { 'shop/dev.yaml': "api: { tag: '2024.7' }\nworker: { tag: '2024.7' }\n" } },
    routes: [
      'shop/api dev: gitops@main shop/dev.yaml helm tag=api.tag <- argocd/shop-dev',
      'shop/worker dev: gitops@main shop/dev.yaml helm tag=worker.tag <- argocd/shop-dev',
    ],
    notes: ['api.tag was found by the tag 2024.7 alone', 'worker.tag was found by the tag 2024.7 alone'],
  },
  'Helm, two values have the tag and none the name': {
    applications: [
      { name: 'shop-dev', images: [`${api}:7`], source: { path: 'shop', helm: { valueFiles: ['dev.yaml'] } } },
    ],
    files: { [gitops]: { 'shop/dev.yaml': "front: { tag: '7' }\nback: { tag: '7' }\n" } },
    routes: [],
    uncovered: [`${api} argocd/shop-dev: front.tag, back.tag have the tag 7, and none names the image`],
  },
  'Helm, the cluster lags behind the file': {
    applications: [{ name: 'api-dev', images: [`${api}:2`], source: helm(['values-dev.yaml']) }],
    files: { [gitops]: { 'apps/api/values-dev.yaml': values('3') } },
    routes: ['shop/api dev: gitops@main apps/api/values-dev.yaml helm tag=image.tag <- argocd/api-dev'],
    notes: ['image.tag is 3, but 2 runs'],
  },
  'Kustomize, an overlay for each environment': {
    applications: ['dev', 'prod'].map((stage, index) => ({
      name: `api-${stage}`,
      images: [`${api}:${index}`],
      source: { path: `./api/overlays/${stage}/` },
      status: { sourceType: 'Kustomize' },
    })),
    files: {
      [gitops]: {
        'api/base/kustomization.yaml': 'resources: [deployment.yaml]\n',
        'api/overlays/dev/kustomization.yaml': `resources: [../../base]\nimages: [{ name: api, newName: ${api}, newTag: '0' }]\n`,
        'api/overlays/prod/kustomization.yaml': `resources: [../../base]\nimages: [{ name: api, newName: ${api}, newTag: '1' }]\n`,
      },
    },
    routes: [
      'shop/api dev: gitops@main api/overlays/dev/kustomization.yaml kustomize name=api <- argocd/api-dev',
      'shop/api prod: gitops@main api/overlays/prod/kustomization.yaml kustomize name=api <- argocd/api-prod',
    ],
  },
  'Kustomize, the entry is in a component, and a manifest below has the image': {
    applications: [
      { name: 'api-dev', images: [`${api}:1`, `${worker}:5`], source: { path: 'api/dev', kustomize: {} } },
    ],
    files: {
      [gitops]: {
        'api/dev/kustomization.yml': 'resources: [../base]\ncomponents: [../tags]\n',
        'api/tags/kustomization.yaml': `kind: Component\nimages: [{ name: ${api}, newTag: '1' }]\n`,
        'api/base/kustomization.yaml': 'resources: [deployment.yaml]\n',
        'api/base/deployment.yaml': `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: w }\nspec: { template: { spec: { containers: [{ name: w, image: '${worker}:5' }] } } }\n`,
      },
    },
    routes: [
      'shop/api dev: gitops@main api/tags/kustomization.yaml kustomize <- argocd/api-dev',
      'shop/worker dev: gitops@main api/base/deployment.yaml manifest <- argocd/api-dev',
    ],
  },
  'Kustomize, values of a chart that it renders': {
    applications: [{ name: 'api-dev', images: [`${api}:1`], source: { path: 'api/dev', kustomize: {} } }],
    files: {
      [gitops]: {
        'api/dev/kustomization.yaml':
          'helmCharts: [{ name: service, repo: oci://x, valuesFile: ../values-dev.yaml }]\n',
        'api/values-dev.yaml': values('1'),
      },
    },
    routes: ['shop/api dev: gitops@main api/values-dev.yaml helm tag=image.tag <- argocd/api-dev'],
  },
  'plain manifests, with recursion and a glob': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:1`],
        source: { path: 'dev', directory: { recurse: true, exclude: '{old/*,*.txt}' } },
      },
    ],
    files: {
      [gitops]: Object.fromEntries(
        ['dev/api/deployment.yaml', 'dev/old/deployment.yaml', 'prod/deployment.yaml'].map((path) => [
          path,
          `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { containers: [{ name: a, image: '${api}:1' }] } } }\n`,
        ]),
      ),
    },
    routes: ['shop/api dev: gitops@main dev/api/deployment.yaml manifest <- argocd/api-dev'],
  },
  'several sources, value files by $ref from another repository': {
    applications: ['dev', 'prod'].map((stage) => ({
      name: `api-${stage}`,
      images: [`${api}:1`],
      sources: [
        {
          repoURL: 'https://dev.azure.com/contoso/platform/_git/charts',
          path: 'service',
          helm: { valueFiles: ['values.yaml', `$values/apps/api/${stage}.yaml`] },
        },
        { repoURL: 'ssh://git@ssh.dev.azure.com/v3/contoso/platform/gitops', targetRevision: stage, ref: 'values' },
      ],
    })),
    files: {
      'https://dev.azure.com/contoso/platform/_git/charts': { 'service/values.yaml': values('0') },
      [gitops]: { 'apps/api/dev.yaml': tagOnly('1'), 'apps/api/prod.yaml': tagOnly('1') },
    },
    routes: [
      'shop/api dev: gitops@dev apps/api/dev.yaml helm tag=image.tag <- argocd/api-dev',
      'shop/api prod: gitops@prod apps/api/prod.yaml helm tag=image.tag <- argocd/api-prod',
    ],
    notes: [
      `argocd/api-dev: it reads dev of ${gitops}, and the checkout is on main`,
      `argocd/api-prod: it reads prod of ${gitops}, and the checkout is on main`,
    ],
  },
  'a chart from a registry, with values from Git': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:1`],
        sources: [
          {
            repoURL: 'contoso.azurecr.io/charts',
            chart: 'service',
            targetRevision: '1.x',
            helm: { valueFiles: ['$git/$ARGOCD_APP_NAME.yaml'.replace('$ARGOCD_APP_NAME', 'api-dev')] },
          },
          { ref: 'git' },
        ],
      },
    ],
    files: { [gitops]: { 'api-dev.yaml': values('1') } },
    routes: ['shop/api dev: gitops@main api-dev.yaml helm tag=image.tag <- argocd/api-dev'],
  },
  'source hydrator: the dry source is written': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:1`],
        spec: {
          sourceHydrator: {
            drySource: {
              repoURL: gitops,
              targetRevision: 'main',
              path: 'apps/api',
              helm: { valueFiles: ['dev.yaml'] },
            },
            syncSource: { targetBranch: 'environments/dev', path: 'api' },
          },
        },
        status: { sourceType: 'Directory' },
      },
    ],
    files: { [gitops]: { 'apps/api/Chart.yaml': chart, 'apps/api/dev.yaml': values('1') } },
    routes: ['shop/api dev: gitops@main apps/api/dev.yaml helm tag=image.tag <- argocd/api-dev'],
  },
  'a parameter of the Application, whose manifest is in Git': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:1`],
        source: { path: 'apps/api', helm: { parameters: [{ name: 'image.tag', value: '1' }] } },
      },
    ],
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('0'),
        'argocd/dev.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: api-dev, namespace: argocd }\nspec:\n  source:\n    repoURL: ${gitops}\n    path: apps/api\n    helm: { parameters: [{ name: image.tag, value: '1' }] }\n`,
      },
    },
    routes: ['shop/api dev: gitops@main argocd/dev.yaml application {"tag":"image.tag"} <- argocd/api-dev'],
  },
  'valuesObject of an Application with several sources, whose manifest is in Git': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:1`, `${worker}:2`],
        sources: [
          { repoURL: 'contoso.azurecr.io/charts', chart: 'service', targetRevision: '1.0.0', helm: object },
          { ref: 'other' },
        ],
      },
    ],
    files: {
      [gitops]: {
        'argocd/dev.yaml': `kind: Application
metadata: { name: api-dev }
spec:
  sources:
    - { repoURL: contoso.azurecr.io/charts, chart: service, targetRevision: 1.0.0, helm: ${JSON.stringify(object)} }
    - { repoURL: '${gitops}', ref: other }
`,
      },
    },
    routes: [
      'shop/api dev: gitops@main argocd/dev.yaml yaml spec.sources[0].helm.valuesObject.api.tag={tag} <- argocd/api-dev',
      'shop/worker dev: gitops@main argocd/dev.yaml yaml spec.sources[0].helm.valuesObject.worker={repository}:{tag} <- argocd/api-dev',
    ],
    notes: ['argocd/api-dev: api.tag was found by the tag 1 alone'],
  },
  'helm.values of an Application, as text': {
    applications: [
      { name: 'api-dev', images: [`${api}:1`], source: { path: 'apps/api', helm: { values: values('1') } } },
    ],
    files: { [gitops]: { 'apps/api/values.yaml': 'image: {}\n' } },
    routes: [],
    uncovered: [`${api} argocd/api-dev: helm.values of the Application sets it, as text, which routes do not write`],
  },
  'kustomize.images of an Application that no checkout has': {
    applications: [
      { name: 'api-dev', images: [`${api}:1`], source: { path: 'api', kustomize: { images: [`api=${api}:1`] } } },
    ],
    files: { [gitops]: {} },
    routes: [],
    uncovered: [
      `${api} argocd/api-dev: kustomize.images of the Application sets it, and no checkout has the manifest of the Application`,
    ],
  },
  'a pinned commit, a plugin, and an image of another registry': {
    applications: [
      { name: 'api-dev', images: [`${api}:1`], source: { ...helm(['dev.yaml']), targetRevision: 'f'.repeat(40) } },
      { name: 'worker-dev', images: [`${worker}:1`, 'docker.io/library/redis:7'], source: { path: 'w', plugin: {} } },
    ],
    files: { [gitops]: { 'apps/api/dev.yaml': values('1') } },
    routes: [],
    uncovered: [
      `${api} argocd/api-dev: the application is pinned to ${'f'.repeat(40)} of ${gitops}, which no commit changes`,
      `${worker} argocd/worker-dev: a plugin of Argo CD renders w of ${gitops}; write the route by hand`,
      "docker.io/library/redis argocd/worker-dev: its registry is not Azure's (--image takes it)",
    ],
  },
  'environments by namespace, where names do not show them': {
    applications: [
      { name: 'api-blue', images: [`${api}:1`], source: helm(['a.yaml']), destination: { namespace: 'shop-test' } },
      { name: 'api', images: [`${api}:2`], source: helm(['b.yaml']), destination: { namespace: 'shop-live' } },
    ],
    files: { [gitops]: { 'apps/api/a.yaml': values('1'), 'apps/api/b.yaml': values('2') } },
    routes: [
      'shop/api test: gitops@main apps/api/a.yaml helm tag=image.tag <- argocd/api-blue',
      'shop/api live: gitops@main apps/api/b.yaml helm tag=image.tag <- argocd/api',
    ],
  },
  'one repository for each environment': {
    applications: ['dev', 'prod'].map((stage) => ({
      name: `api-${stage}`,
      images: [`${api}:1`],
      source: { ...helm(['values.yaml']), repoURL: `https://user@dev.azure.com/contoso/platform/_git/gitops-${stage}` },
    })),
    files: Object.fromEntries(
      ['dev', 'prod'].map((stage) => [`${gitops}-${stage}`, { 'apps/api/values.yaml': values('1') }]),
    ),
    routes: [
      'shop/api dev: gitops-dev@main apps/api/values.yaml helm tag=image.tag <- argocd/api-dev',
      'shop/api prod: gitops-prod@main apps/api/values.yaml helm tag=image.tag <- argocd/api-prod',
    ],
  },
  'a value that is a number, and a whole reference with a digest': {
    applications: [
      {
        name: 'shop-dev',
        images: [`${api}:1.10`, `${worker}:7@${digest}`],
        source: { path: 'shop', helm: { valueFiles: ['dev.yaml'] } },
      },
    ],
    files: { [gitops]: { 'shop/dev.yaml': `apiTag: 1.10\nworker: { image: '${worker}:7@${digest}' }\n` } },
    routes: [
      'shop/api dev: gitops@main shop/dev.yaml helm tag=apiTag <- argocd/shop-dev',
      'shop/worker dev: gitops@main shop/dev.yaml helm image=worker.image +digest <- argocd/shop-dev',
    ],
    notes: ['apiTag was found by the tag 1.1 alone'],
  },
  'one environment, two applications with a file each': {
    applications: ['front', 'back'].map((part) => ({
      name: `${part}-dev`,
      images: [`${api}:1`],
      source: { path: part, helm: { valueFiles: ['values.yaml'] } },
    })),
    files: { [gitops]: { 'front/values.yaml': values('1'), 'back/values.yaml': values('1') } },
    routes: [
      'shop/api dev: gitops@main back/values.yaml helm tag=image.tag <- argocd/front-dev argocd/back-dev',
      'shop/api dev: gitops@main front/values.yaml helm tag=image.tag <- argocd/front-dev argocd/back-dev',
    ],
    notes: [`${api} in dev: one push writes front/values.yaml, back/values.yaml`],
  },
  'regions with a file each, and a stage of two words': {
    applications: ['prod-weu', 'prod-neu', 'non-prod'].map((stage) => ({
      name: `api-${stage}`,
      images: [`${api}:1`],
      source: helm([`values-${stage}.yaml`]),
    })),
    files: {
      [gitops]: Object.fromEntries(
        ['prod-weu', 'prod-neu', 'non-prod'].map((stage) => [`apps/api/values-${stage}.yaml`, values('1')]),
      ),
    },
    routes: ['prod-weu', 'prod-neu', 'non-prod'].map(
      (stage) =>
        `shop/api ${stage}: gitops@main apps/api/values-${stage}.yaml helm tag=image.tag <- argocd/api-${stage}`,
    ),
  },
  'a repository for each tenant': {
    applications: ['acme', 'globex'].flatMap((tenant) =>
      ['dev', 'prod'].map((stage) => ({
        name: `${tenant}-${stage}`,
        images: [`${api}:1`],
        source: {
          path: 'api',
          repoURL: `https://github.com/contoso/${tenant}.git`,
          helm: { valueFiles: [`${stage}.yaml`] },
        },
      })),
    ),
    files: Object.fromEntries(
      ['acme', 'globex'].map((tenant) => [
        `https://github.com/contoso/${tenant}`,
        { 'api/dev.yaml': values('1'), 'api/prod.yaml': values('1') },
      ]),
    ),
    routes: ['acme', 'globex'].flatMap((tenant) =>
      ['dev', 'prod'].map(
        (stage) =>
          `shop/api ${tenant}-${stage}: ${tenant}@main api/${stage}.yaml helm tag=image.tag <- argocd/${tenant}-${stage}`,
      ),
    ),
  },
  'a family of services with a shared sidecar': {
    applications: ['api', 'worker', 'mail'].flatMap((service) =>
      ['dev', 'prod'].map((stage) => ({
        name: `${service}-${stage}`,
        images: [`contoso.azurecr.io/shop/${service}:1`, 'contoso.azurecr.io/base/proxy:3'],
        source: { path: `apps/${service}`, helm: { valueFiles: [`${stage}.yaml`] } },
      })),
    ),
    files: {
      [gitops]: Object.fromEntries(
        ['api', 'worker', 'mail'].flatMap((service) =>
          ['dev', 'prod'].map((stage) => [
            `apps/${service}/${stage}.yaml`,
            `image: { repository: contoso.azurecr.io/shop/${service}, tag: '1' }\n`,
          ]),
        ),
      ),
    },
    routes: ['api', 'worker', 'mail'].flatMap((service) =>
      ['dev', 'prod'].map(
        (stage) =>
          `shop/${service} ${stage}: gitops@main apps/${service}/${stage}.yaml helm tag=image.tag <- argocd/${service}-${stage}`,
      ),
    ),
    uncovered: ['api', 'worker', 'mail'].map(
      (service) =>
        `contoso.azurecr.io/base/proxy ${['dev', 'prod'].map((stage) => `argocd/${service}-${stage}`).join(' ')}: no value of the chart apps/${service} of`,
    ),
  },
  'parameters of Argo CD Image Updater, in a file beside the chart': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:2`],
        source: { path: 'apps/api', helm: { parameters: [{ name: 'image.tag', value: '1' }] } },
      },
      { name: 'worker-dev', images: [`${worker}:2`], source: { path: 'apps/worker', kustomize: {} } },
    ],
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('0'),
        'apps/api/.argocd-source-api-dev.yaml':
          "helm:\n  parameters:\n    - { name: image.tag, value: '2', forcestring: true }\n",
        'apps/worker/kustomization.yaml': `images: [{ name: ${worker}, newTag: '1' }]\n`,
        'apps/worker/.argocd-source-argocd_worker-dev.yaml': `kustomize:\n  images:\n    - ${worker}:2\n`,
      },
    },
    routes: [
      'shop/api dev: gitops@main apps/api/.argocd-source-api-dev.yaml yaml helm.parameters[name=image.tag].value={tag} <- argocd/api-dev',
      'shop/worker dev: gitops@main apps/worker/.argocd-source-argocd_worker-dev.yaml yaml kustomize.images[0]={repository}:{tag} <- argocd/worker-dev',
    ],
  },
  'an ApplicationSet with a list generator': {
    applications: ['dev', 'prod'].map((stage, index) => ({
      name: `api-${stage}`,
      metadata: { ownerReferences: [{ kind: 'ApplicationSet', name: 'api' }] },
      images: [`${api}:${index + 1}`],
      source: { path: 'apps/api', helm: { parameters: [{ name: 'image.tag', value: `${index + 1}` }] } },
    })),
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('0'),
        'sets/api.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: api }
spec:
  goTemplate: true
  generators:
    - list:
        elements:
          - { env: dev, tag: '1' }
          - { env: prod, tag: '2' }
  template:
    metadata: { name: 'api-{{.env}}' }
    spec:
      project: default
      destination: { namespace: shop }
      source:
        repoURL: ${gitops}
        path: apps/api
        helm: { parameters: [{ name: image.tag, value: '{{.tag}}' }] }
`,
      },
    },
    routes: ['dev', 'prod'].map(
      (stage) =>
        `shop/api ${stage}: gitops@main sets/api.yaml application {"tag":"tag"} env=${stage} <- argocd/api-${stage}`,
    ),
  },
  'an ApplicationSet with files from Git, in a matrix': {
    applications: ['dev', 'prod'].map((stage, index) => ({
      name: `api-${stage}`,
      metadata: { ownerReferences: [{ kind: 'ApplicationSet', name: 'api' }] },
      images: [`${api}:${index + 1}`],
      source: { path: 'apps/api', helm: { valuesObject: { image: { tag: `${index + 1}` } } } },
    })),
    files: {
      [gitops]: {
        'apps/api/values.yaml': values('0'),
        'config/dev/api.yaml': "service: api\nimage: { tag: '1' }\n",
        'config/prod/api.yaml': "service: api\nimage: { tag: '2' }\n",
        'sets/api.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: api, namespace: argocd }
spec:
  goTemplate: true
  generators:
    - matrix:
        generators:
          - clusters: {}
          - git: { repoURL: '${gitops}', revision: main, files: [{ path: 'config/*/api.yaml' }] }
  template:
    metadata: { name: '{{.service}}-{{.path.basename}}' }
    spec: { project: default, destination: { namespace: shop }, source: { repoURL: '${gitops}', path: apps/api } }
`,
      },
    },
    routes: ['dev', 'prod'].map(
      (stage) => `shop/api ${stage}: gitops@main config/${stage}/api.yaml yaml image.tag={tag} <- argocd/api-${stage}`,
    ),
  },
  'a source without a checkout beside one that shows the place': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:1`],
        sources: [
          { repoURL: 'https://github.com/contoso/charts', path: 'base', helm: {} },
          { path: 'api/dev', kustomize: {} },
        ],
      },
    ],
    files: { [gitops]: { 'api/dev/kustomization.yaml': `images: [{ name: ${api}, newTag: '1' }]\n` } },
    routes: ['shop/api dev: gitops@main api/dev/kustomization.yaml kustomize <- argocd/api-dev'],
  },
  'a value file without a checkout, whose chart shows the path': {
    applications: [
      {
        name: 'api-dev',
        images: [`${api}:2`, `${worker}:3`],
        sources: [
          { path: 'chart', helm: { valueFiles: ['$values/dev.yaml'] } },
          { repoURL: 'https://github.com/contoso/values', ref: 'values' },
        ],
      },
    ],
    files: {
      [gitops]: {
        'chart/values.yaml': `backend: { image: { repository: ${api}, tag: '0' } }\nworker: { image: '${worker}:0' }\n`,
      },
    },
    routes: [
      'shop/api dev: values@main dev.yaml helm tag=backend.image.tag <- argocd/api-dev',
      'shop/worker dev: values@main dev.yaml helm image=worker.image <- argocd/api-dev',
    ],
    notes: ['argocd/api-dev: the place in the values is a guess (no --checkout for https://github.com/contoso/values)'],
  },
  'a file that SOPS protects': {
    applications: [
      { name: 'api-dev', images: [`${api}:1`], source: helm(['dev.yaml']) },
      { name: 'api-prod', images: [`${api}:1`], source: helm(['prod.yaml']) },
    ],
    files: {
      [gitops]: {
        'apps/api/dev.yaml': values('1'),
        'apps/api/prod.yaml': `${values('1')}sops:\n  mac: ENC[AES256_GCM,data:Zm9v]\n`,
      },
    },
    routes: ['shop/api dev: gitops@main apps/api/dev.yaml helm tag=image.tag <- argocd/api-dev'],
    uncovered: [`${api} argocd/api-prod: apps/api/prod.yaml`],
  },
  'several Argo CDs by namespace, and a pod of two versions during a rollout': {
    applications: ['team-dev', 'team-prod'].map((namespace) => ({
      name: 'api',
      metadata: { namespace },
      images: [`${api}:2`, `${api}:1`],
      source: helm([`${namespace}.yaml`]),
    })),
    files: { [gitops]: { 'apps/api/team-dev.yaml': values('2'), 'apps/api/team-prod.yaml': values('1') } },
    routes: [
      'shop/api dev: gitops@main apps/api/team-dev.yaml helm tag=image.tag <- team-dev/api',
      'shop/api prod: gitops@main apps/api/team-prod.yaml helm tag=image.tag <- team-prod/api',
    ],
  },
  'names and namespaces that contradict each other': {
    applications: [
      { name: 'api-dev', images: [`${api}:1`], source: helm(['a.yaml']), destination: { namespace: 'shop-prod' } },
      { name: 'api-prod', images: [`${api}:1`], source: helm(['b.yaml']), destination: { namespace: 'shop-dev' } },
    ],
    files: { [gitops]: { 'apps/api/a.yaml': values('1'), 'apps/api/b.yaml': values('1') } },
    routes: [
      'shop/api dev: gitops@main apps/api/a.yaml helm tag=image.tag <- argocd/api-dev',
      'shop/api prod: gitops@main apps/api/b.yaml helm tag=image.tag <- argocd/api-prod',
    ],
    notes: [
      'argocd/api-dev: its name shows dev, but its namespace shows prod',
      'argocd/api-prod: its name shows prod, but its namespace shows dev',
    ],
  },
  'the tag is the appVersion of the chart': {
    applications: [{ name: 'api-dev', images: [`${api}:4.2.0`], source: helm(['dev.yaml']) }],
    files: {
      [gitops]: {
        'apps/api/Chart.yaml': `${chart}appVersion: 4.2.0\n`,
        'apps/api/values.yaml': `image: { repository: ${api} }\n`,
        'apps/api/dev.yaml': 'replicas: 1\n',
      },
    },
    routes: [],
    uncovered: [`${api} argocd/api-dev: the appVersion in apps/api/Chart.yaml is the tag; set it in a value file`],
  },
  'no pod runs': {
    applications: [{ name: 'api-dev', images: [], source: helm(['dev.yaml']) }],
    files: { [gitops]: {} },
    routes: [],
    notes: ['without a running image, so without a route: argocd/api-dev'],
  },
  'nothing shows the environment': {
    applications: [{ name: 'api', images: [`${api}:1`], source: helm(['values.yaml']) }],
    files: { [gitops]: { 'apps/api/values.yaml': values('1') } },
    routes: ['shop/api default: gitops@main apps/api/values.yaml helm tag=image.tag <- argocd/api'],
    notes: ['the environment of argocd/api is unclear'],
  },
};

describe.each(Object.entries(shapes))('%s', (_, { applications, files, routes, uncovered = [], notes = [] }) => {
  const proposed = propose(applications, files);

  test('writes what the applications run', () => {
    expect(proposed.routes.toSorted()).toEqual(routes.toSorted());
  });

  test('lists what no route covers, and what is unclear', () => {
    expect(proposed.uncovered).toEqual(uncovered.map((line) => expect.stringContaining(line) as string));
    expect(proposed.notes).toHaveLength(notes.length);
    for (const [index, note] of notes.entries()) expect(proposed.notes[index]).toContain(note);
  });
});
