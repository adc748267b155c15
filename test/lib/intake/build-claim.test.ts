import { describe, expect, test } from 'vitest';
import { readBuildClaim } from '../../../src/lib/intake/build-claim.ts';

const revision = '4f9c'.repeat(10);

function dockerTask(prefix: string, labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = {
    'build.builduri': 'vstfs:///Build/Build/1241',
    'build.buildnumber': '20261120.4',
    'build.definitionname': 'api',
    'build.repository.name': 'api',
    'build.repository.uri': 'https://contoso@dev.azure.com/contoso/shop/_git/api',
    'build.sourcebranchname': 'main',
    'build.sourceversion': revision,
    'system.teamfoundationcollectionuri': 'https://dev.azure.com/contoso/',
    'system.teamproject': 'shop',
    ...labels,
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`${prefix}.image.${name}`, value]));
}

const build = {
  collection: 'https://dev.azure.com/contoso',
  project: 'shop',
  buildId: 1241,
  buildNumber: '20261120.4',
  source: { repository: 'https://dev.azure.com/contoso/shop/_git/api', revision },
};

describe('labels of the task Docker@2', () => {
  test('name the build and its source', () => {
    expect(readBuildClaim(dockerTask('com.azure.dev'))).toEqual({ builds: [build], source: {} });
  });

  test('lead to the same build under the older host name', () => {
    const labels = dockerTask('com.visualstudio.contoso', {
      'system.teamfoundationcollectionuri': 'https://contoso.visualstudio.com/',
      'build.repository.uri': 'https://contoso.visualstudio.com/shop/_git/api',
    });
    expect(readBuildClaim(labels).builds).toEqual([build]);
  });

  test('name a build on a server', () => {
    const labels = dockerTask('com.contoso.tfs', {
      'system.teamfoundationcollectionuri': 'https://tfs.contoso.com/tfs/DefaultCollection/',
      'system.teamproject': 'Mein Projekt',
    });
    expect(readBuildClaim(labels).builds).toMatchObject([
      { collection: 'https://tfs.contoso.com/tfs/DefaultCollection', project: 'Mein Projekt' },
    ]);
  });

  test('of the base image are a claim of their own', () => {
    const base = dockerTask('com.visualstudio.platform', {
      'build.builduri': 'vstfs:///Build/Build/7',
      'system.teamfoundationcollectionuri': 'https://platform.visualstudio.com/',
    });
    const { builds } = readBuildClaim({ ...base, ...dockerTask('com.azure.dev') });
    expect(builds.map(({ collection, buildId }) => [collection, buildId])).toEqual([
      ['https://dev.azure.com/contoso', 1241],
      ['https://dev.azure.com/platform', 7],
    ]);
  });
});

describe('claims no build', () => {
  test.each([
    ['no labels', {}],
    ['another kind of URI', dockerTask('com.azure.dev', { 'build.builduri': 'vstfs:///Release/Release/1241' })],
    ['an id that is none', dockerTask('com.azure.dev', { 'build.builduri': 'vstfs:///Build/Build/1241?x' })],
    ['build 0', dockerTask('com.azure.dev', { 'build.builduri': 'vstfs:///Build/Build/0' })],
    ['no collection', dockerTask('com.azure.dev', { 'system.teamfoundationcollectionuri': '' })],
    [
      'a collection without TLS',
      dockerTask('com.azure.dev', { 'system.teamfoundationcollectionuri': 'http://tfs.contoso.com/tfs' }),
    ],
    ['a project that could be a path', dockerTask('com.azure.dev', { 'system.teamproject': '../_apis' })],
    ['no project', dockerTask('com.azure.dev', { 'system.teamproject': '' })],
  ])('%s', (_name, labels) => {
    expect(readBuildClaim(labels).builds).toEqual([]);
  });
});

describe('source', () => {
  test.each([
    [
      'the labels of the OCI specification',
      'https://github.com/contoso/api',
      revision.toUpperCase(),
      'https://github.com/contoso/api',
      revision,
    ],
    [
      'a clone URL with a token in it',
      'https://x:secret@github.com/contoso/api.git',
      revision,
      'https://github.com/contoso/api',
      revision,
    ],
    [
      'a SHA-256 commit',
      'https://github.com/contoso/api',
      '0a'.repeat(32),
      'https://github.com/contoso/api',
      '0a'.repeat(32),
    ],
    [
      'a version in the place of a commit',
      'https://github.com/contoso/api',
      'v1.2.3',
      'https://github.com/contoso/api',
      undefined,
    ],
    ['an SSH address', 'git@github.com:contoso/api.git', revision, undefined, revision],
    ['a script', 'javascript:alert(1)', revision, undefined, revision],
  ])('%s', (_name, source, commit, repository, expected) => {
    const labels = { 'org.opencontainers.image.source': source, 'org.opencontainers.image.revision': commit };
    const claimed = readBuildClaim(labels).source;
    expect([claimed.repository, claimed.revision]).toEqual([repository, expected]);
  });

  test('of a TFVC build has no commit', () => {
    const labels = dockerTask('com.azure.dev', { 'build.sourceversion': 'C1234', 'build.repository.uri': '$/shop' });
    expect(readBuildClaim(labels).builds).toMatchObject([{ buildId: 1241, source: {} }]);
    expect(readBuildClaim(labels).builds[0]?.source).toEqual({});
  });
});
