import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { cli } from '../cli.ts';
import { applicationOf, gitops, type Given } from './shapes.ts';

const folder = mkdtempSync(join(tmpdir(), 'tagrelay-plan-applications-'));
afterAll(() => rmSync(folder, { recursive: true }));

const api = 'contoso.azurecr.io/shop/api';

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

interface Change {
  readonly environment: string;
  readonly applications: readonly object[];
  readonly warnings: readonly string[];
}

const options = ['--routes', 'routes.yaml', '--checkout', `git@ssh.dev.azure.com:v3/contoso/platform/gitops=gitops`];

async function plan(applications: readonly Given[], more: readonly string[] = []) {
  put('apps.json', JSON.stringify(applications.map(applicationOf)));
  return await cli(['plan', ...options, '--image', `${api}:3`, '--applications', 'apps.json', ...more], {
    cwd: folder,
  });
}

async function changes(applications: readonly Given[]): Promise<readonly Change[]> {
  const { stdout } = await plan(applications, ['--json']);
  return (JSON.parse(stdout) as { changes: Change[] }).changes.map(
    ({ environment, applications: reached, warnings }) => ({
      environment,
      applications: reached,
      warnings,
    }),
  );
}

const source = (...valueFiles: readonly string[]) => ({ path: 'api', helm: { valueFiles } });
const prod = { environment: 'prod', applications: [], warnings: ['no application reads api/prod.yaml'] };

beforeEach(() => {
  put(
    'routes.yaml',
    `defaults: { repository: '${gitops}', branch: main }
environments:
  dev: { tags: { match: '^\\d+$', order: numeric } }
  prod: { tags: { match: '^\\d+$', order: numeric } }
routes:
  api:
    image: ${api}
    update: [{ file: 'api/{environment}.yaml', helm: { tag: image.tag } }]
    environments: { dev: { application: argocd/api-dev }, prod: {} }
`,
  );
  put('gitops/api/Chart.yaml', 'name: api\n');
  put('gitops/api/values.yaml', `image: { repository: ${api}, tag: '0' }\n`);
  put('gitops/api/dev.yaml', "image: { tag: '2' }\n");
  put('gitops/api/prod.yaml', "image: { tag: '1' }\n");
  put('gitops/api/late.yaml', "image: { tag: '9' }\n");
});

describe('plan --applications', () => {
  test('shows the application that changes, and the image that it runs', async () => {
    const dev = { name: 'api-dev', images: [`${api}:2`], source: source('values.yaml', 'dev.yaml') };
    expect(await changes([dev])).toEqual([
      {
        environment: 'dev',
        applications: [{ application: 'argocd/api-dev', runs: true, running: ['2'] }],
        warnings: [],
      },
      prod,
    ]);
    const { code, stdout } = await plan([dev]);
    expect(code).toBe(0);
    expect(stdout).toContain('image.tag: 2 → 3\n    argocd/api-dev changes, runs 2\n');
    expect(stdout).toContain('image.tag: 1 → 3\n    warning: no application reads api/prod.yaml\n');
  });

  test.each<[string, Given, object, readonly string[]]>([
    [
      'another image',
      { name: 'api-dev', images: ['contoso.azurecr.io/shop/other:1'], source: source('dev.yaml') },
      { runs: false, running: [] },
      [`argocd/api-dev does not run ${api}: its image.tag may be used by nothing`],
    ],
    [
      'a later value file with the value',
      { name: 'api-dev', images: [`${api}:9`], source: source('dev.yaml', 'late.yaml') },
      { runs: true, running: ['9'], overriddenBy: 'api/late.yaml' },
      ['argocd/api-dev does not change: api/late.yaml sets image.tag after api/dev.yaml'],
    ],
    [
      'a parameter with the value',
      {
        name: 'api-dev',
        images: [`${api}:9`],
        source: { path: 'api', helm: { valueFiles: ['dev.yaml'], parameters: [{ name: 'image.tag', value: '9' }] } },
      },
      { runs: true, running: ['9'], overriddenBy: 'the parameter image.tag of the Application' },
      ['argocd/api-dev does not change: the parameter image.tag of the Application sets image.tag after api/dev.yaml'],
    ],
  ])('warns of %s', async (_, given, application, warnings) => {
    expect(await changes([given])).toEqual([
      { environment: 'dev', applications: [{ application: 'argocd/api-dev', ...application }], warnings },
      prod,
    ]);
  });

  test('warns of applications that the route does not name, and of named ones that do not read the file', async () => {
    const [dev] = await changes([
      { name: 'api-test', images: [`${api}:2`], source: source('dev.yaml') },
      { name: 'api-dev', images: [`${api}:2`], source: { ...source('dev.yaml'), targetRevision: 'release' } },
    ]);
    expect(dev?.warnings).toEqual([
      'argocd/api-test changes too, but is not an application of the route',
      'argocd/api-dev of the route does not read api/dev.yaml',
    ]);
  });

  test('reads files of a kustomization, of plain folders and of other sources', async () => {
    put(
      'routes.yaml',
      `routes:\n  api:\n    image: ${api}\n    repository: ${gitops}\n    update: [{ file: base/d.yaml, manifest: {} }]\n    environments: { all: {} }\n`,
    );
    put(
      'gitops/base/d.yaml',
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { containers: [{ name: a, image: '${api}:2' }] } } }\n`,
    );
    put('gitops/base/kustomization.yaml', 'resources: [d.yaml]\n');
    put('gitops/dev/kustomization.yaml', 'resources: [../base]\n');
    put('gitops/test/kustomization.yaml', 'resources: [other.yaml]\n');
    const [change] = await changes([
      { name: 'kustomized', images: [`${api}:2`], source: { path: 'dev' } },
      { name: 'elsewhere', images: [`${api}:2`], source: { path: 'test' } },
      { name: 'plain', images: [`${api}:2`], source: { path: 'base', directory: {} } },
      { name: 'not-deep', images: [`${api}:2`], source: { path: '', directory: {} } },
      { name: 'deep', images: [`${api}:2`], sources: [{ path: 'x' }, { path: '.', directory: { recurse: true } }] },
    ]);
    expect(change?.applications).toMatchObject([
      { application: 'argocd/kustomized' },
      { application: 'argocd/plain' },
      { application: 'argocd/deep' },
    ]);
  });

  const route = (file: string, edit: string) =>
    put(
      'routes.yaml',
      `routes:\n  api:\n    image: ${api}\n    repository: ${gitops}\n    update: [{ file: ${file}, ${edit} }]\n    environments: { all: {} }\n`,
    );

  test('warns of an overlay that sets the image after the base', async () => {
    route('kbase/kustomization.yaml', 'kustomize: {}');
    put('gitops/kbase/kustomization.yaml', `images: [{ name: ${api}, newTag: '2' }]\n`);
    put('gitops/kdev/kustomization.yaml', `resources: [../kbase]\nimages: [{ name: ${api}, newTag: '1' }]\n`);
    put('gitops/kprod/kustomization.yaml', 'resources: [../kbase]\n');
    const [change] = await changes([
      { name: 'api-dev', images: [`${api}:1`], source: { path: 'kdev' } },
      { name: 'api-prod', images: [`${api}:2`], source: { path: 'kprod' } },
    ]);
    expect(change?.warnings).toEqual([
      'argocd/api-dev does not change: kdev/kustomization.yaml sets images[0].newTag after kbase/kustomization.yaml',
    ]);
    expect(change?.applications).toMatchObject([
      { application: 'argocd/api-dev', overriddenBy: 'kdev/kustomization.yaml' },
      { application: 'argocd/api-prod', runs: true },
    ]);
  });

  test('knows files that override a source, and files of a git generator', async () => {
    const application = {
      name: 'api-dev',
      metadata: { ownerReferences: [{ kind: 'ApplicationSet', name: 'api' }] },
      images: [`${api}:2`],
      source: { path: 'api', helm: { parameters: [{ name: 'image.tag', value: '2' }] } },
    };
    route('api/.argocd-source-api-dev.yaml', "yaml: { path: 'helm.parameters[name=image.tag].value', value: '{tag}' }");
    put('gitops/api/.argocd-source-api-dev.yaml', "helm: { parameters: [{ name: image.tag, value: '2' }] }\n");
    const [overriding] = await changes([application]);
    expect(overriding).toMatchObject({ applications: [{ application: 'argocd/api-dev', runs: true }], warnings: [] });
    rmSync(join(folder, 'gitops/api/.argocd-source-api-dev.yaml'));

    route('config/dev.yaml', "yaml: { path: tag, value: '{tag}' }");
    put('gitops/config/dev.yaml', "env: dev\ntag: '2'\n");
    put('gitops/config/prod.yaml', "env: prod\ntag: '2'\n");
    put(
      'gitops/set.yaml',
      `kind: ApplicationSet
metadata: { name: api }
spec:
  generators: [{ git: { repoURL: '${gitops}', revision: HEAD, files: [{ path: 'config/*.yaml' }] } }]
  template: { metadata: { name: 'api-{{env}}' } }
`,
    );
    const [generated] = await changes([application, { ...application, name: 'api-prod' }]);
    expect(generated).toMatchObject({ applications: [{ application: 'argocd/api-dev', runs: true }], warnings: [] });
  });
});
