import { describe, expect, test } from 'vitest';
import { codesOf, loadText } from './support.ts';

const defaults = 'defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops }\n';
const update = "update: [{ file: '{s}/values.yaml', helm: { tag: image.tag } }]";

describe('layers', () => {
  test('later over earlier: maps merge, lists replace, null removes', () => {
    const { table } = loadText(`defaults:
  repository: https://dev.azure.com/contoso/platform/_git/gitops
  branch: one
  tags: { match: '^a', order: alphabetical }
  pullRequest: { reviewers: [a, b], draft: true }
  application: argocd/x
environments: { dev: { branch: two, tags: { match: null, order: newest } } }
routes:
  a:
    image: contoso.azurecr.io/a
    branch: three
    update: [{ file: v.yaml, kustomize: {} }]
    environments: { dev: { application: null, pullRequest: { reviewers: [c] }, tags: { match: '^b' } } }
`);
    expect(table?.find('contoso.azurecr.io/a', 'dev')?.environment).toMatchObject({
      branch: 'three',
      tags: { match: '^b', order: 'newest' },
      pullRequest: { reviewers: ['c'], draft: true },
      application: [],
    });
  });

  test('a missing file is ignored in a pattern only, unless the route says otherwise', () => {
    const { table } = loadText(`${defaults}routes:
  'p/{s}': { image: 'contoso.azurecr.io/p/{s}', environments: [dev], ${update} }
  a: { image: contoso.azurecr.io/a, environments: [dev], update: [{ file: v, kustomize: {} }] }
  b: { image: contoso.azurecr.io/b, environments: [dev], update: [{ file: v, kustomize: {} }], missing: ignore }
`);
    const missing = (image: string) => table?.find(`contoso.azurecr.io/${image}`, 'dev')?.environment.missing;
    expect([missing('p/x'), missing('a'), missing('b')]).toEqual(['ignore', 'error', 'ignore']);
  });

  test('what is unset', () => {
    const { table } = loadText(
      `${defaults}routes: { a: { image: contoso.azurecr.io/a, environments: [dev], update: [{ file: v, kustomize: {} }] } }`,
    );
    const environment = table?.find('contoso.azurecr.io/a', 'dev')?.environment;
    expect(environment).toMatchObject({
      delivery: 'pull-request',
      tags: { order: 'newest', allowMovingTags: false },
      onFailure: 'none',
      takesPushes: true,
    });
    expect(environment).not.toHaveProperty('branch');
    expect(environment).not.toHaveProperty('from');
  });
});

function promoted(tags: string) {
  return loadText(`${defaults}routes:
  a:
    image: contoso.azurecr.io/a
    environments:
      dev: { branch: dev, application: argocd/dev, update: [{ file: v, kustomize: {} }], tags: { match: '^main-(\\d+)$', order: numeric } }
      prod: { branch: prod, application: argocd/prod, update: [{ file: v, kustomize: {} }], promoteFrom: dev${tags} }
`).table?.find('contoso.azurecr.io/a', 'prod')?.environment;
}

function fannedIn(tags: string) {
  return loadText(`${defaults}routes:
  a:
    image: contoso.azurecr.io/a
    update: [{ file: '{environment}', kustomize: {} }]
    environments:
      dev: { application: argocd/dev, tags: { match: '^main-(\\d+)$', order: numeric } }
      test: { application: argocd/test, tags: { match: '^test-(\\d+)$', order: numeric } }
      prod: { promoteFrom: [dev, test]${tags} }
`)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);
}

describe('promotion', () => {
  test('without tags an environment takes no push, and orders as its source does', () => {
    expect(promoted('')).toMatchObject({ takesPushes: false, tags: { match: '^main-(\\d+)$', order: 'numeric' } });
  });

  test('with tags it takes pushes by them, and without an order has that of its source', () => {
    expect(promoted(", tags: { match: '^main-(\\d+)$' }")).toMatchObject({
      takesPushes: true,
      tags: { order: 'numeric' },
    });
    expect(promoted(", tags: { semver: '>=1', order: semver }")).toMatchObject({
      takesPushes: true,
      tags: { semver: '>=1', order: 'semver' },
    });
  });

  test('[fantag] sources of different tags need `tags` of the environment itself', () => {
    expect(fannedIn('')).toEqual(['promotion-tags']);
    expect(fannedIn(", tags: { match: '^v(\\d+)$', order: numeric }")).toEqual([]);
  });
});

describe('captures', () => {
  test('several in one segment: the first take as little as they can', () => {
    const { table } = loadText(
      `${defaults}routes: { '{d}/{s}': { image: 'contoso.azurecr.io/{d}-{s}', environments: [dev], update: [{ file: '{d}/{s}', kustomize: {} }] } }`,
    );
    expect(table?.match('contoso.azurecr.io/a-b-c')?.name).toBe('a/b-c');
    expect(table?.match('contoso.azurecr.io/ab')).toBeUndefined();
    expect(table?.match('contoso.azurecr.io/a-')).toBeUndefined();
  });

  test('where: nothing else is taken, and what it allows is read the way it allows', () => {
    const { table } = loadText(
      `${defaults}routes: { '{d}/{s}': { image: 'contoso.azurecr.io/{d}-{s}', where: { d: [a-b, c] }, environments: [dev], update: [{ file: '{d}/{s}', kustomize: {} }] } }`,
    );
    expect(table?.match('contoso.azurecr.io/a-b-x')?.name).toBe('a-b/x');
    expect(table?.match('contoso.azurecr.io/c-x')?.name).toBe('c/x');
    expect(table?.match('contoso.azurecr.io/a-x')).toBeUndefined();
  });

  test('the pattern with more literal characters wins', () => {
    const { table } = loadText(`${defaults}routes:
  '{s}': { image: 'contoso.azurecr.io/{s}', environments: [dev], update: [{ file: 'a/{s}', kustomize: {} }] }
  'api-{s}': { image: 'contoso.azurecr.io/api-{s}', environments: [dev], update: [{ file: 'b/{s}', kustomize: {} }] }
`);
    expect(table?.match('contoso.azurecr.io/api-x')?.environments[0]?.update[0]?.file).toBe('b/x');
    expect(table?.match('contoso.azurecr.io/web')?.environments[0]?.update[0]?.file).toBe('a/web');
  });

  test('variables of an environment, and its name', () => {
    const { table } = loadText(`${defaults}routes:
  '{s}':
    image: contoso.azurecr.io/{s}
    update: [{ file: '{region}/{s}/{environment}.yaml', yaml: { path: 'images[name={s}].tag', value: '{tag}@{digest}' } }]
    environments: { weu: { vars: { region: 'eu/{s}' } } }
`);
    expect(table?.match('contoso.azurecr.io/api')?.environments[0]?.update[0]).toMatchObject({
      file: 'eu/api/api/weu.yaml',
      path: [{ key: 'images' }, { kind: 'member', field: 'name', value: 'api', captured: true }, { key: 'tag' }],
      value: '{tag}@{digest}',
    });
  });
});

describe('what captures lead out of bounds is refused for that image alone', () => {
  test('a path', () => {
    const { table } = loadText(
      `${defaults}routes: { '{s}': { image: 'contoso.azurecr.io/{s}', environments: [dev], update: [{ file: '.{s}/config', kustomize: {} }] } }`,
    );
    expect(table?.match('contoso.azurecr.io/github')).toMatchObject({ environments: [{ name: 'dev' }], refused: [] });
    expect(table?.match('contoso.azurecr.io/git')).toMatchObject({ environments: [], refused: [{ name: 'dev' }] });
    expect(table?.find('contoso.azurecr.io/git', 'dev')).toBeUndefined();
  });

  test('ALLOW', () => {
    const allow = { setting: 'ALLOW', text: "- { images: ['**'], repositories: ['**'], paths: ['shop/**', 'web/*'] }" };
    const { table } = loadText(
      `${defaults}routes: { '{s}': { image: 'contoso.azurecr.io/{s}', environments: [dev], ${update} } }`,
      { allow },
    );
    expect(table?.match('contoso.azurecr.io/shop')).toMatchObject({ environments: [{ name: 'dev' }], refused: [] });
    expect(table?.match('contoso.azurecr.io/other')).toMatchObject({ environments: [], refused: [{ name: 'dev' }] });
  });
});

function route(repository: string, application = ''): string {
  return `routes: { a: { image: contoso.azurecr.io/a, repository: '${repository}', ${application} environments: [dev], update: [{ file: v, kustomize: {} }] } }`;
}

function deployedBy(application: string): string {
  return route('https://dev.azure.com/a/b/_git/c', `application: ${application},`);
}

describe('what the operator says of hosts', () => {
  const server = 'https://tfs.contoso.com/tfs/Main/shop/_git/gitops';

  test('a collection of Azure DevOps Server has to be named', () => {
    expect(codesOf(route(server), 'error')).toEqual(['host-not-allowed']);
    expect(codesOf(route(server), 'error', { azureDevOpsCollections: ['https://tfs.contoso.com/tfs/Main'] })).toEqual(
      [],
    );
  });

  test('a registry other than Azure’s has to be named', () => {
    const text = route('https://dev.azure.com/a/b/_git/c').replace('contoso.azurecr.io', 'ghcr.io/contoso');
    expect(codesOf(text, 'error')).toEqual(['host-not-allowed']);
    expect(codesOf(text, 'error', { registries: ['GHCR.io'] })).toEqual([]);
    expect(codesOf(text.replace('ghcr.io', 'localhost:5000'), 'error')).toEqual([]);
  });

  test('LOCAL_ENDPOINTS without the collection, and credentials without the host, are worth a word', () => {
    const [azure, gitHub] = [route('https://contoso.visualstudio.com/b/_git/c'), route('https://github.com/b/c')];
    expect(codesOf(azure, 'warning', { localEndpoints: {} })).toContain('endpoint-not-local');
    expect(
      codesOf(azure, 'warning', { localEndpoints: { 'https://dev.azure.com/Contoso': 'http://127.0.0.1:1/x' } }),
    ).not.toContain('endpoint-not-local');
    expect(codesOf(gitHub, 'warning', { gitCredentialHosts: [] })).toContain('credentials-missing');
    expect(codesOf(gitHub, 'warning', { gitCredentialHosts: ['github.com'] })).not.toContain('credentials-missing');
  });

  test('with instances of Argo CD every application names one that has a secret', () => {
    expect(codesOf(deployedBy('argocd/a'), 'error')).toEqual([]);
    expect(codesOf(deployedBy('argocd/a'), 'error', { argoCdInstances: ['weu'] })).toEqual(['application-instance']);
    expect(codesOf(deployedBy('weu/argocd/a'), 'warning', { argoCdInstances: ['weu'] })).not.toContain(
      'instance-unknown',
    );
    expect(codesOf(deployedBy('wue/argocd/a'), 'warning', { argoCdInstances: ['weu'] })).toContain('instance-unknown');
  });
});
