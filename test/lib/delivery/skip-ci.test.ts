import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PushEvent } from '../../../local/devops/server/platform.ts';
import { git } from '../../../local/git.ts';
import type { Registry } from '../../../local/registry/registry.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { skipsCi } from '../../../src/lib/delivery/plan/skip-ci.ts';
import { eventually } from '../../support/eventually.ts';
import { fileAtTip, temporaryFolder, testPlatform } from '../../support/platform.ts';

const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';

function routes(environment: string): string {
  return `
routes:
  app:
    image: contoso.azurecr.io/shop/app
    repository: ${gitops}
    branch: main
    update: [{ file: deploy/values.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, ${environment} } }
`;
}

/**
 * The pipeline of the one repository: each push to `main` becomes an image, unless one of its commits asks for none, as in
 * Azure Pipelines ("Skipping CI for individual pushes"). `maxBuilds` ends what would go on for ever.
 */
function makePipeline(maxBuilds: number) {
  const seen: ('built' | 'skipped')[] = [];
  let registry: Registry | undefined;
  let tag = 1;
  async function run({ repository, refUpdates }: PushEvent): Promise<void> {
    for (const { name, oldObjectId, newObjectId } of refUpdates) {
      if (name !== 'refs/heads/main') continue;
      const range = `${oldObjectId}..${newObjectId}`;
      const messages = await git(['log', '--format=%B', range], repository.bare.directory);
      if (/\[(?:skip ci|ci skip)\]|\*\*\*NO_CI\*\*\*/i.test(messages)) seen.push('skipped');
      else {
        seen.push('built');
        if (seen.length > maxBuilds) continue;
        tag += 1;
        const labels = {
          'org.opencontainers.image.source': 'https://contoso@dev.azure.com/Contoso/platform/_git/gitops',
        };
        registry?.pushImage({ repository: 'shop/app', tag: String(tag), labels, content: randomUUID() });
      }
    }
  }
  return {
    seen,
    onPush: (event: PushEvent) => void run(event),
    use: (running: Registry | undefined) => void (registry = running),
  };
}

/** One repository holds application, pipeline and values; a developer pushes a change of the application. */
async function scene(environment: string, maxBuilds = 4) {
  const pipeline = makePipeline(maxBuilds);
  const platform = await testPlatform({
    routes: routes(environment),
    files: {
      'deploy/values.yaml': 'image: { tag: "1" }\n',
      'src/app.ts': 'one\n',
      'azure-pipelines.yml': 'trigger: [main]\n',
    },
    registries: [{ host: 'contoso.azurecr.io', port: 0 }],
    onPush: pipeline.onPush,
  });
  pipeline.use(platform.registries.get('contoso.azurecr.io'));
  const clone = new URL(`${platform.devops}/contoso/platform/_git/gitops`);
  clone.username = 'ada';
  clone.password = platform.key;
  await pushChange(clone.href);
  return { platform, pipeline };
}

/** By HTTP, so that the hooks of the repository run. */
async function pushChange(url: string): Promise<void> {
  const work = await temporaryFolder();
  await git(['clone', '--quiet', url, work]);
  await writeFile(join(work, 'src', 'app.ts'), 'two\n');
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@contoso.example'];
  await git([...identity, 'commit', '--quiet', '--all', '--message', 'change the application'], work);
  await git(['push', '--quiet', 'origin', 'HEAD:main'], work);
}

describe('one repository holds application, pipeline and values', () => {
  test('it settles after one build', async () => {
    const { platform, pipeline } = await scene('delivery: commit');
    await eventually(() => expect(pipeline.seen).toHaveLength(2));
    expect(pipeline.seen).toEqual(['built', 'skipped']);
    expect(await fileAtTip(platform.bare, 'deploy/values.yaml')).toContain('"2"');
    expect((await git(['log', '-1', '--format=%s', 'main'], platform.bare)).trim()).toBe(
      'deploy(app): dev 1 → 2 [skip ci]',
    );
    // The pipeline has judged the last commit there is, so there is no other build to come.
    expect((await git(['rev-list', '--count', 'main'], platform.bare)).trim()).toBe('3');
  });

  test('by pull request it does so too, as the merge says it', async () => {
    const { platform, pipeline } = await scene(
      'delivery: pull-request, pullRequest: { autoComplete: true, mergeStrategy: squash }',
    );
    await eventually(() => expect(pipeline.seen).toHaveLength(2));
    expect(pipeline.seen).toEqual(['built', 'skipped']);
    expect(await fileAtTip(platform.bare, 'deploy/values.yaml')).toContain('"2"');
  });

  test('with skipCi: never each commit is built and each build committed', async () => {
    const { pipeline } = await scene('delivery: commit, skipCi: never', 3);
    await eventually(() => expect(pipeline.seen).toEqual(['built', 'built', 'built', 'built']));
  });
});

function skips(environment: string, builtFrom?: string): boolean {
  const { table } = loadRoutes([{ setting: 'ROUTES', text: routes(environment) }], {
    azureDevOpsCollections: [],
    registries: [],
  });
  const resolved = table?.match('contoso.azurecr.io/shop/app')?.environments[0];
  if (!resolved) throw new Error('the routes of the test have errors');
  return skipsCi({ environment: resolved, ...(builtFrom !== undefined && { builtFrom }) });
}

describe('whether a commit asks CI to skip it', () => {
  test.each([
    gitops,
    'https://dev.azure.com/Contoso/Platform/_git/GitOps',
    'https://contoso.visualstudio.com/platform/_git/gitops',
    'git@ssh.dev.azure.com:v3/contoso/platform/gitops',
  ])('built from %s: yes', (source) => {
    expect(skips('delivery: commit', source)).toBe(true);
  });

  test.each([
    undefined,
    'https://dev.azure.com/contoso/platform/_git/app',
    'https://github.com/contoso/gitops',
    'no URL',
  ])('built from %s: no', (source) => {
    expect(skips('delivery: commit', source)).toBe(false);
  });

  test('the repository that `build` names counts as well', () => {
    expect(skips(`delivery: commit, build: { repository: '${gitops}' }`)).toBe(true);
  });

  test('always and never ask nobody', () => {
    expect(skips('skipCi: always')).toBe(true);
    expect(skips('skipCi: never', gitops)).toBe(false);
  });
});
