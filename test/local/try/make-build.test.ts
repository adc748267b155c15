import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Stage } from '../../../local/demo/stage.ts';
import { BuildBook } from '../../../local/devops/builds/build-book.ts';
import { makeBuild, type BuildConditions } from '../../../local/try/make-build.ts';
import { fillBuildTag } from '../../../src/lib/builds/build-tag.ts';
import { namesDefinition } from '../../../src/lib/builds/evaluate-build.ts';
import { parseRepositoryUrl } from '../../../src/lib/net/repository-url.ts';
import { takesBuild } from '../../../src/lib/routes/match/build-filter.ts';
import { seedBare, temporaryFolder } from '../../support/platform.ts';

describe('the build of --try meets the conditions of an environment', () => {
  test.each<readonly [tag: string, BuildConditions]>([
    ['1.0.1', {}],
    ['1.0.1', { from: { branches: ['main'] } }],
    ['1.0.1', { from: { branches: ['release/*', 'main'], reasons: ['manual'] } }],
    ['v1.0.1', { from: { branches: ['refs/tags/v*'] } }],
    ['main-999901', { from: { branches: ['main'] }, build: { definition: 'api-ci', tag: 'main-{buildId}' } }],
    ['20991231.999901', { build: { definition: 12, tag: '{buildNumber}' } }],
    ['main-abcdef0', { build: { repository: 'https://github.com/contoso/api', tag: 'main-{sourceVersion:7}' } }],
    ['b7-abcdef0-x', { build: { repository: 'https://dev.azure.com/a/b/_git/api', tag: 'b*-{sourceVersion:7}-*' } }],
    ['main-1', { build: { repository: 'api' } }],
  ])('%s, %j', async (tag, conditions) => {
    const directory = join(await temporaryFolder(), 'gitops.git');
    await seedBare(directory, { 'a.yaml': 'a: 1\n' });
    const builds = new BuildBook(() => new Date(), { onRun: () => {}, onStage: () => {} });
    const gitOps = { organization: 'local', project: 'try', name: 'deploy', directory };
    const image = { registry: 'contoso.azurecr.io', repository: 'shop/api', tag };
    const labels = await makeBuild(
      { platform: { azureDevOps: { builds } } as unknown as Stage['platform'], gitOps, image },
      conditions,
    );
    const [build, ...others] = builds.all();
    expect(others).toEqual([]);
    if (!build) throw new Error('no build was started');
    expect(labels).toMatchObject({
      'com.azure.dev.image.build.builduri': `vstfs:///Build/Build/${build.id}`,
      'com.azure.dev.image.system.teamfoundationcollectionuri': 'https://dev.azure.com/local/',
    });
    const { from, build: named } = conditions;
    const filter = from && { branches: from.branches ?? [], ...(from.reasons && { reasons: from.reasons }) };
    expect(takesBuild(filter, build)).toEqual({ taken: true });
    const { url, name } = build.repository;
    const address = parseRepositoryUrl(url, []);
    const repository = { url, name, ...('key' in address && { key: address.key }) };
    const wanted = named as Parameters<typeof namesDefinition>[0]['build'];
    expect(
      namesDefinition({ ...(wanted && { build: wanted }) }, { definition: build.definition, repository }, []),
    ).toBeUndefined();
    const { id, buildNumber: number, sourceVersion } = build;
    const filled = fillBuildTag(named?.tag ?? tag, { id, number, sourceVersion });
    expect(filled?.replaceAll('*', '')).toBe(named?.tag?.includes('*') ? 'b-abcdef0-' : tag);
  });
});
