import { describe, expect, test } from 'vitest';
import type { BuildStart } from '../../../local/devops/builds/build-book.ts';
import { makeAzureBuilds } from '../../../src/lib/azure-devops/builds.ts';
import { makeDevOpsConnections } from '../../../src/lib/azure-devops/connections.ts';
import { personalAccessToken } from '../../../src/lib/azure-devops/token.ts';
import { makeFindOrigin } from '../../../src/lib/builds/find-origin.ts';
import { recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { updatesOfBuild } from '../../../src/lib/delivery/updates-of-build.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { git } from '../../../local/git.ts';
import { commitCount } from '../../support/platform.ts';
import { makeAsker, startStandIn } from '../../support/registry.ts';

const collection = 'https://dev.azure.com/contoso';
const environments = 'environments: { dev: { tags: { order: newest } } }';
const routes = `
defaults:
  repository: ${collection}/platform/_git/gitops
  branch: main
  delivery: commit
  from: { branches: [main] }
routes:
  labelled:
    image: contoso.azurecr.io/labelled
    update: [{ file: values.yaml, helm: { tag: labelled } }]
    build: { definition: shop-ci }
    ${environments}
  tagged:
    image: contoso.azurecr.io/tagged
    update: [{ file: values.yaml, helm: { tag: tagged } }]
    build: { definition: shop-ci, repository: '${collection}/shop/_git/api', tag: 'main-{buildId}' }
    ${environments}
  numbered:
    image: contoso.azurecr.io/numbered
    update: [{ file: values.yaml, helm: { tag: numbered } }]
    build: { definition: shop-ci, repository: '${collection}/shop/_git/api', tag: '{buildNumber}' }
    ${environments}
  hooked:
    image: contoso.azurecr.io/hooked
    update: [{ file: values.yaml, helm: { tag: hooked, digest: hookedDigest } }]
    build: { definition: shop-ci, tag: '{sourceVersion:7}' }
    ${environments}
  open:
    image: contoso.azurecr.io/open
    update: [{ file: values.yaml, helm: { tag: open } }]
    build: { definition: shop-ci, tag: 'main-{buildId}-*' }
    ${environments}
  proposed:
    image: contoso.azurecr.io/proposed
    update: [{ file: values.yaml, helm: { tag: proposed } }]
    build: { definition: shop-ci, repository: '${collection}/shop/_git/api', tag: 'main-{buildId}' }
    delivery: pull-request
    ${environments}
  any:
    image: contoso.azurecr.io/any
    update: [{ file: values.yaml, helm: { tag: any } }]
    from: null
    ${environments}
`;
const values =
  'labelled: "0"\ntagged: "0"\nnumbered: "0"\nhooked: "0"\nhookedDigest: ""\nany: "0"\nopen: "0"\nproposed: "0"\n';
const sourceVersion = '4f9c1a7d'.repeat(5);

async function bench() {
  let now = new Date('2026-11-20T10:05:00Z');
  const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io', now: () => now });
  const delivery = await deliveryBench({ routes, files: { 'values.yaml': values } });
  const hosts = {
    azureDevOpsCollections: [],
    registries: [],
    localEndpoints: { [collection]: `${delivery.devops.url}/contoso`, 'contoso.azurecr.io': standIn.url },
  };
  const { registry } = makeAsker(hosts);
  const connections = makeDevOpsConnections({
    hosts,
    authorization: personalAccessToken('token'),
    userAgent: 'test',
    now: () => new Date(),
  });
  const builds = makeAzureBuilds({ connections, collections: [], now: () => new Date() });
  const logged: string[] = [];
  const findOrigin = makeFindOrigin({
    builds,
    registry,
    collections: [],
    log: (_level, event) => logged.push(event),
    now: () => new Date(),
  });
  const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], hosts);
  const apply = delivery.worker({ registry, findOrigin });
  const { devops, store, update } = delivery;

  /** A build of `shop` that runs from 10:00 on. */
  const start = (options: Partial<BuildStart> = {}) =>
    devops.builds.start({
      organization: 'contoso',
      project: 'shop',
      definition: { id: 12, name: 'shop-ci' },
      repository: { id: 'r1', type: 'TfsGit', name: 'api', url: `${collection}/shop/_git/api` },
      sourceVersion,
      startTime: new Date('2026-11-20T10:00:00Z'),
      ...options,
    });
  const labels = (id: number, of = collection) => ({
    'com.azure.dev.image.build.builduri': `vstfs:///Build/Build/${id}`,
    'com.azure.dev.image.system.teamfoundationcollectionuri': `${of}/`,
    'com.azure.dev.image.system.teamproject': 'shop',
    'com.azure.dev.image.build.sourceversion': 'b2'.repeat(20),
    'com.azure.dev.image.build.repository.uri': `${collection}/shop/_git/base`,
  });
  /** Queues and delivers an update, as the workers do; gives its outcome in a word. */
  const deliver = async (repository: string, tag: string) => {
    const queued = await recordQueued(update(repository, tag), '', store, new Date());
    const outcome = await apply(queued);
    return outcome.kind === 'failed' ? outcome.failure.code : outcome.kind;
  };
  const record = (repository: string, tag: string) => store.find(update(repository, tag));
  const hook = async (id: number) => {
    if (!table) throw new Error('the routes of the test have errors');
    const found = await updatesOfBuild(
      { collection, project: 'shop', id },
      { routes: () => Promise.resolve(table), builds, registry, collections: [], now: () => new Date() },
    );
    if (found.kind === 'ignored') return found.reason;
    for (const { update: one, repository } of found.updates) {
      await apply(await recordQueued(one, repository, store, new Date(), found.origin));
    }
    return found.updates.length;
  };
  return {
    ...delivery,
    standIn,
    start,
    labels,
    deliver,
    record,
    hook,
    logged,
    at: (time: string) => (now = new Date(time)),
  };
}

describe('from takes an image', () => {
  test('of a source in Azure Repos; the record has time and first line of the source commit', async () => {
    const { standIn, start, labels, deliver, record, bare } = await bench();
    const [commit = '', at = ''] = (await git(['log', '-1', '--format=%H %cI', 'main'], bare)).trim().split(' ');
    const url = `${collection}/platform/_git/gitops`;
    const { id } = start({ repository: { id: 'r2', type: 'TfsGit', name: 'gitops', url }, sourceVersion: commit });
    standIn.pushImage({ repository: 'labelled', tag: '1', labels: labels(id) });
    expect(await deliver('labelled', '1')).toBe('committed');
    const committedAt = new Date(at).toISOString();
    expect((await record('labelled', '1'))?.source).toEqual({ repository: url, commit, committedAt, message: 'first' });
  });

  test('whose labels name a build of its branch; record and commit say which', async () => {
    const { standIn, start, labels, deliver, record, devops, bare } = await bench();
    const { id } = start();
    devops.builds.finish(id, 'succeeded', new Date('2026-11-20T10:06:00Z'));
    standIn.pushImage({ repository: 'labelled', tag: '1', labels: labels(id) });
    expect(await deliver('labelled', '1')).toBe('committed');
    const url = `${collection}/shop/_build/results?buildId=${id}`;
    const source = { repository: `${collection}/shop/_git/api`, commit: sourceVersion };
    expect(await record('labelled', '1')).toMatchObject({
      state: 'committed',
      build: {
        id,
        url,
        sourceBranch: 'refs/heads/main',
        definition: { id: 12, name: 'shop-ci' },
        queuedAt: expect.stringMatching(/^20.*Z$/),
        trusted: true,
      },
      source,
    });
    expect(parseTrailers(await git(['log', '-1', '--format=%B', 'main'], bare))).toMatchObject([
      { build: url, source: `${source.repository}@${source.commit}` },
    ]);
  });

  test('whose tag is the id, or the number, of a build that still runs', async () => {
    const { standIn, start, deliver, record } = await bench();
    const { id, buildNumber } = start();
    standIn.pushImage({ repository: 'tagged', tag: `main-${id}` });
    standIn.pushImage({ repository: 'numbered', tag: buildNumber });
    expect(await deliver('tagged', `main-${id}`)).toBe('committed');
    expect(await deliver('numbered', buildNumber)).toBe('committed');
    expect(await record('numbered', buildNumber)).toMatchObject({ build: { id, trusted: true } });
  });

  test('and its pull request links to build and source commit', async () => {
    const { standIn, start, deliver, record, devops, bare } = await bench();
    const { id } = start();
    standIn.pushImage({ repository: 'proposed', tag: `main-${id}` });
    expect(await deliver('proposed', `main-${id}`)).toBe('pull-request');
    const { pullRequest } = (await record('proposed', `main-${id}`)) ?? {};
    const { href } = new URL(`contoso/_apis/git/pullrequests/${pullRequest?.number}?api-version=7.1`, `${devops.url}/`);
    const answer = await fetch(href, { headers: { authorization: `Basic ${btoa(':token')}` } });
    const { description } = (await answer.json()) as { description: string };
    expect(description).toContain(`[${id}](${collection}/shop/_build/results?buildId=${id})`);
    expect(description).toContain(`[4f9c1a7d](${collection}/shop/_git/api/commit/${sourceVersion})`);
    const message = await git(['log', '-1', '--format=%B', 'tagrelay/proposed/dev'], bare);
    expect(parseTrailers(message)).toMatchObject([{ source: `${collection}/shop/_git/api@${sourceVersion}` }]);
  });

  test('of a pull request build where its reason is listed and its target branch fits', async () => {
    const { standIn, start, labels, deliver, record } = await bench();
    const { id } = start({
      sourceBranch: 'refs/pull/7/merge',
      reason: 'pullRequest',
      triggerInfo: { 'pr.number': '7', 'pr.targetBranch': 'main' },
    });
    standIn.pushImage({ repository: 'labelled', tag: '1', labels: labels(id) });
    expect(await deliver('labelled', '1')).toBe('build-refused');
    expect(await record('labelled', '1')).toMatchObject({ build: { targetBranch: 'refs/heads/main', trusted: true } });
  });
});

describe('from refuses an image', () => {
  test('of another branch', async () => {
    const { standIn, start, labels, deliver, bare } = await bench();
    const { id } = start({ sourceBranch: 'refs/heads/feature' });
    standIn.pushImage({ repository: 'labelled', tag: '1', labels: labels(id) });
    expect(await deliver('labelled', '1')).toBe('build-refused');
    expect(await commitCount(bare)).toBe(1);
  });

  test.each([
    ['that nobody claims to have built', undefined],
    [
      'whose labels are those of its base image, pushed by an earlier build',
      { startTime: new Date('2026-11-20T10:06:00Z') },
    ],
    ['of another definition', { definition: { id: 13, name: 'base-ci' } }],
  ])('%s', async (_name, build) => {
    const { standIn, start, labels, deliver, record } = await bench();
    standIn.pushImage({ repository: 'labelled', tag: '1', ...(build && { labels: labels(start(build).id) }) });
    expect(await deliver('labelled', '1')).toBe('build-unknown');
    expect((await record('labelled', '1'))?.build).toBeUndefined();
  });

  test('whose build has failed', async () => {
    const { standIn, start, labels, deliver, devops } = await bench();
    const { id } = start();
    standIn.pushImage({ repository: 'labelled', tag: '1', labels: labels(id) });
    devops.builds.finish(id, 'failed', new Date('2026-11-20T10:06:00Z'));
    expect(await deliver('labelled', '1')).toBe('build-unknown');
  });

  test('whose labels name another collection, which is never called', async () => {
    const { standIn, start, labels, deliver, record, devops } = await bench();
    const { id } = start();
    const builds = devops.faults.add({ match: { resource: 'builds' }, action: { kind: 'drop', when: 'before' } });
    standIn.pushImage({ repository: 'labelled', tag: '1', labels: labels(id, 'https://dev.azure.com/fabrikam') });
    expect(await deliver('labelled', '1')).toBe('build-unknown');
    expect(builds.hits).toBe(0);
    // What labels say of the source is shown as such, and of no build.
    expect(await record('labelled', '1')).toMatchObject({ source: { commit: 'b2'.repeat(20) } });
  });
});

test('an image that only another replica has yet is tried again with from, and never refused', async () => {
  const find = makeFindOrigin({
    builds: {
      get: () => Promise.resolve(undefined),
      findByNumber: () => Promise.resolve(undefined),
      readSourceCommit: () => Promise.resolve(undefined),
    },
    registry: { inspect: () => Promise.resolve(undefined) },
    collections: [],
    log: () => undefined,
    now: () => new Date(),
  });
  const image = { registry: 'contoso.azurecr.io', repository: 'any', tag: '1', digest: `sha256:${'d'.repeat(64)}` };
  const environment = { repository: `${collection}/platform/_git/gitops` };
  await expect(find(image, { ...environment, from: { branches: ['main'] } })).rejects.toMatchObject({
    code: 'registry-content-missing',
    kind: 'retryable',
  });
  expect(await find(image, environment)).toMatchObject({ isComplete: false });
});

describe('Azure DevOps does not answer for the build', () => {
  test('with from the update is tried again, and delivered', async () => {
    const { standIn, start, labels, deliver, devops } = await bench();
    const { id } = start();
    standIn.pushImage({ repository: 'labelled', tag: '1', labels: labels(id) });
    const fault = devops.faults.add({ match: { resource: 'builds' }, action: { kind: 'drop', when: 'before' } });
    expect(await deliver('labelled', '1')).toBe('service-unavailable');
    fault.remove();
    expect(await deliver('labelled', '1')).toBe('committed');
  });

  test('without from nothing waits for it', async () => {
    const { standIn, start, labels, deliver, devops, logged, record } = await bench();
    const { id } = start();
    standIn.pushImage({ repository: 'any', tag: '1', labels: labels(id) });
    devops.faults.add({ match: { resource: 'builds' }, action: { kind: 'drop', when: 'before' } });
    expect(await deliver('any', '1')).toBe('committed');
    expect(logged).toContain('origin-not-found');
    expect((await record('any', '1'))?.build).toBeUndefined();
  });
});

describe('a service hook', () => {
  test('comes after the push: what was refused is delivered, in one commit', async () => {
    const { standIn, start, deliver, hook, store, update, devops, bare } = await bench();
    const { id } = start();
    const tag = sourceVersion.slice(0, 7);
    const digest = standIn.pushImage({ repository: 'hooked', tag });
    expect(await deliver('hooked', tag)).toBe('build-unknown');
    devops.builds.finish(id, 'succeeded', new Date('2026-11-20T10:06:00Z'));
    expect(await hook(id)).toBe(1);
    expect(await deliver('hooked', tag)).toBe('done-before');
    expect(await commitCount(bare)).toBe(2);
    const asked = update('hooked', tag);
    expect(await store.find({ ...asked, id: idOf(asked, digest) })).toMatchObject({
      state: 'committed',
      build: { id, trusted: true },
    });
  });

  test('comes before the push: nothing is delivered until the registry has the image', async () => {
    const { standIn, start, deliver, hook, devops, bare } = await bench();
    const { id } = start();
    devops.builds.finish(id, 'succeeded', new Date('2026-11-20T10:06:00Z'));
    expect(await hook(id)).toBe(0);
    standIn.pushImage({ repository: 'tagged', tag: `main-${id}` });
    expect(await hook(id)).toBe(1);
    expect(await deliver('tagged', `main-${id}`)).toBe('done-before');
    expect(await commitCount(bare)).toBe(2);
  });

  test('of a build that waits for its deployment delivers what the registry has', async () => {
    const { standIn, start, hook, bare } = await bench();
    const { id } = start();
    standIn.pushImage({ repository: 'tagged', tag: `main-${id}` });
    expect(await hook(id)).toBe(1);
    expect(await commitCount(bare)).toBe(2);
  });

  test('whose tag is open delivers what was pushed while the build ran', async () => {
    const { standIn, start, hook, record, at, devops, bare } = await bench();
    const { id } = start();
    standIn.pushImage({ repository: 'open', tag: `main-${id}-4f9c1a7` });
    standIn.pushImage({ repository: 'open', tag: `main-${id + 1}-4f9c1a7` });
    devops.builds.finish(id, 'succeeded', new Date('2026-11-20T10:06:00Z'));
    at('2026-11-20T10:12:00Z');
    standIn.pushImage({ repository: 'open', tag: `main-${id}-later` });
    expect(await hook(id)).toBe(1);
    expect(await record('open', `main-${id}-4f9c1a7`)).toMatchObject({
      state: 'committed',
      build: { id, trusted: true },
    });
    expect(await commitCount(bare)).toBe(2);
  });

  test('waits where Azure DevOps, or the registry, does not answer', async () => {
    const { standIn, start, hook, devops } = await bench();
    const { id } = start();
    standIn.pushImage({ repository: 'tagged', tag: `main-${id}` });
    const fault = devops.faults.add({ match: { resource: 'builds' }, action: { kind: 'unavailable' } });
    await expect(hook(id)).rejects.toMatchObject({ code: 'service-unavailable', kind: 'retryable' });
    fault.remove();
    standIn.setFaults(() => ({ drop: true }));
    await expect(hook(id)).rejects.toMatchObject({ code: 'registry-unavailable', kind: 'retryable' });
    standIn.setFaults(undefined);
    expect(await hook(id)).toBe(1);
  });

  test('of a build that failed, or that nobody has, asks for nothing', async () => {
    const { start, hook, devops } = await bench();
    const { id } = start();
    devops.builds.finish(id, 'failed', new Date('2026-11-20T10:06:00Z'));
    expect(await hook(id)).toBe('not-succeeded');
    expect(await hook(4711)).toBe('build-not-found');
  });
});

/** Of an environment that writes the digest. */
function idOf({ route, environment, image }: TagUpdate, digest: string): string {
  return updateId(route, environment, { ...image, digest }, true);
}
