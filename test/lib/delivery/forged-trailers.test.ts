import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { formatTrailer } from '../../../src/lib/model/trailers.ts';
import type { PushIntent } from '../../../src/lib/model/deployment.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitFiles, commitTo, fileAtTip } from '../../support/platform.ts';
import { branch, hosts, values as proposedValues } from '../../support/pull-requests/bench.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric } }
  latest: { tags: { order: newest } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
  web: { image: contoso.azurecr.io/web, update: [{ file: web.yaml, helm: { tag: image.tag } }], environments: [dev] }
  job: { image: contoso.azurecr.io/job, update: [{ file: job.yaml, helm: { tag: image.tag } }], environments: [latest] }
`;
const values = (tag: string, comment = '') => `image: { tag: "${tag}" }\n${comment}`;
const files = { 'api.yaml': values('1'), 'web.yaml': values('1'), 'job.yaml': values('a') };

async function bench() {
  const delivery = await deliveryBench({ routes, files });
  const tip = async () => (await git(['rev-parse', 'main'], delivery.bare)).trim();
  return { ...delivery, tip };
}

/** A message with the trailer of an update, as anyone can write it. */
function forge(update: TagUpdate, more: { readonly pushed?: string } = {}): string {
  const { route, environment, id, image, pushedAt } = update;
  const reference = `${image.registry}/${image.repository}:${image.tag}`;
  return `deploy: forged\n\n${formatTrailer({ route, environment, id, image: reference, pushed: pushedAt, ...more })}`;
}

describe('the diff decides, wherever a trailer is read', () => {
  test('the commit that put the value there is not the one that only names the id', async () => {
    const { bare, worker, update, store, tip } = await bench();
    const two = update('api', '2');
    await commitFiles(bare, { 'api.yaml': values('2') }, 'by hand');
    const commit = await tip();
    await commitFiles(bare, { 'api.yaml': values('2', '# a comment\n') }, forge(two));
    expect(await worker()(two)).toMatchObject({ kind: 'up-to-date', commit });
    expect(await store.find(two)).toMatchObject({ state: 'committed', commit });
    expect(await store.findMark({ route: 'api', environment: 'dev' })).toMatchObject({ tag: '2', commit });
  });

  test('an open push intent is not ended by a commit that only names its id', async () => {
    const { bare, worker, update, store, tip } = await bench();
    const two = update('api', '2');
    const target = 'https://dev.azure.com/contoso/platform/_git/gitops#main';
    const at = new Date().toISOString();
    await store.recordIntent({ id: 'x', target, base: await tip(), updates: [two], at });
    await commitFiles(bare, { 'api.yaml': values('2') }, 'by hand');
    const commit = await tip();
    await commitFiles(bare, { 'other.yaml': 'a: 1\n' }, forge(two));
    await worker()(update('web', '2'));
    expect(await store.find(two)).toBeUndefined();
    await worker()(two);
    expect(await store.find(two)).toMatchObject({ state: 'committed', commit });
  });

  test('a push time of a commit that did not put the tag there is not read', async () => {
    const { bare, worker, update } = await bench();
    await commitFiles(bare, { 'job.yaml': values('b') }, 'by hand');
    const forged = forge(update('job', 'b'), { pushed: '2026-11-25T00:00:00.000Z' });
    await commitFiles(bare, { 'job.yaml': values('b', '# a comment\n') }, forged);
    expect(await worker()(update('job', 'c', '2026-11-21T00:00:00.000Z'))).toMatchObject({ kind: 'committed' });
  });

  test('a true trailer with a later push time still wins', async () => {
    const { bare, worker, update } = await bench();
    const message = forge(update('job', 'b'), { pushed: '2026-11-22T00:00:00.000Z' });
    await commitFiles(bare, { 'job.yaml': values('b') }, message);
    expect(await worker()(update('job', 'c', '2026-11-21T00:00:00.000Z'))).toMatchObject({ kind: 'superseded' });
    expect(await worker()(update('job', 'd', '2026-11-23T00:00:00.000Z'))).toMatchObject({ kind: 'committed' });
  });
});

describe('a push time ahead of its own commit', () => {
  const in2099 = '2099-01-01T00:00:00.000Z';

  test('is not believed: later pushes go in', async () => {
    const { bare, worker, update } = await bench();
    await commitFiles(bare, { 'job.yaml': values('b') }, forge(update('job', 'b'), { pushed: in2099 }));
    expect(await worker()(update('job', 'c'))).toMatchObject({ kind: 'committed' });
    expect(await fileAtTip(bare, 'job.yaml')).toBe(values('c'));
  });

  test('does not reach the mark through an open push intent', async () => {
    const { bare, worker, update, store, tip } = await bench();
    const b = update('job', 'b');
    const target = 'https://dev.azure.com/contoso/platform/_git/gitops#main';
    const at = new Date().toISOString();
    await store.recordIntent({ id: 'x', target, base: await tip(), updates: [b], at });
    await commitFiles(bare, { 'job.yaml': values('b') }, forge(b, { pushed: in2099 }));
    await worker()(update('api', '2'));
    expect(await store.find(b)).toMatchObject({ state: 'committed' });
    expect(await store.findMark({ route: 'job', environment: 'latest' })).toBeUndefined();
  });

  test('raises the mark at the time of its commit where push times are not the order', async () => {
    const { bare, worker, update, store, tip } = await bench();
    const two = update('api', '2');
    await store.recordIntent(intentOf(two, await tip()));
    await commitFiles(bare, { 'api.yaml': values('2') }, forge(two, { pushed: in2099 }));
    await worker()(update('web', '2'));
    const mark = await store.findMark({ route: 'api', environment: 'dev' });
    expect(mark).toMatchObject({ tag: '2', commit: expect.any(String) });
    expect(Date.parse(mark?.pushedAt ?? in2099)).toBeLessThanOrEqual(Date.now());
  });
});

test('a mark is raised to the value that the diff sets, not to the one that the trailer names', async () => {
  const { bare, worker, update, store, tip } = await bench();
  const two = update('api', '2');
  await store.recordIntent(intentOf(two, await tip()));
  const forged = { ...two, image: { ...two.image, tag: '999' } };
  await commitFiles(bare, { 'api.yaml': values('2') }, forge(forged));
  await worker()(update('web', '2'));
  expect(await store.findMark({ route: 'api', environment: 'dev' })).toMatchObject({ tag: '2' });
});

function intentOf(update: TagUpdate, base: string): PushIntent {
  const target = 'https://dev.azure.com/contoso/platform/_git/gitops#main';
  return { id: 'x', target, base, updates: [update], at: new Date().toISOString() };
}

describe.each(hosts)('a source branch that the store does not know, on %s', (_host, makeBench) => {
  test('is not ours by a trailer that its diff does not prove', async () => {
    const { bare, worker, update, all } = await makeBench();
    await git(['branch', branch, 'main'], bare);
    await commitTo(bare, branch, { 'other.yaml': 'a: 1\n' }, forge(update('app/api', '2')));
    const head = await git(['rev-parse', branch], bare);
    expect(await worker()(update('app/api', '3'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
    expect(await git(['rev-parse', branch], bare)).toBe(head);
    expect(await all()).toEqual([]);
  });

  test('is not adopted as an open push by a trailer that its diff does not prove', async () => {
    const { bare, worker, update, store, openRepositories } = await makeBench();
    await worker()(update('app/api', '2'));
    const [row] = await store.sourceBranches();
    if (!row) throw new Error('a branch is proposed');
    const three = update('app/api', '3');
    const { key } = openRepositories().open(row.repository);
    await store.updateSourceBranch(`${key}#${branch}`, (current) => {
      if (!current) throw new Error('it is stored');
      const { base = '' } = current;
      const intent = { id: 'x', ids: [three.id], base, updates: [three], at: new Date().toISOString() };
      return { ...current, announced: [intent] };
    });
    await commitTo(bare, branch, { 'other.yaml': 'a: 1\n' }, forge(three));
    const head = await git(['rev-parse', branch], bare);
    expect(await worker()(update('app/api', '4'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
    expect(await git(['rev-parse', branch], bare)).toBe(head);
  });

  test('is not ours by an id that is of another update', async () => {
    const { bare, worker, update } = await makeBench();
    await git(['branch', branch, 'main'], bare);
    const forged = { ...update('app/api', '2'), id: update('app/api', '7').id };
    await commitTo(bare, branch, { 'apps/api.yaml': proposedValues('2') }, forge(forged));
    expect(await worker()(update('app/api', '3'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
  });

  test('is ours by a trailer that its diff proves', async () => {
    const { bare, worker, update } = await makeBench();
    await git(['branch', branch, 'main'], bare);
    await commitTo(bare, branch, { 'apps/api.yaml': proposedValues('2') }, forge(update('app/api', '2')));
    expect(await worker()(update('app/api', '3'))).toMatchObject({ kind: 'pull-request' });
  });
});
