import { expect, test } from 'vitest';
import { proposalTarget } from '../../../src/lib/delivery/propose/proposal-target.ts';
import type { PullRequests } from '../../../src/lib/git/pull-requests.ts';
import { replayOf } from '../../../src/lib/model/tag-update.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { commitCount, commitFiles, fileAtTip } from '../../support/platform.ts';
import { azureHost } from '../../support/pull-requests/azure-host.ts';
import { promotionBench as bench, values } from '../../support/promotion-bench.ts';

test('[sendfirst] a decision only sends the id; the plan makes the record, before it judges', async () => {
  const { push, becomeHealthy, queue, again, context, find, devops } = await bench();
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  expect(queue).toMatchObject([{ kind: 'tag-update', body: { environment: 'staging', image: { tag: '2' } } }]);
  expect(await find('staging', '2', 'b')).toBeUndefined();
  devops.faults.add({ match: {}, action: { kind: 'unavailable' } });
  await expect(again.run(queue[0]?.body, context)).rejects.toMatchObject({ kind: 'retryable' });
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'queued', update: { cause: { kind: 'promotion' } } });
});

test('[level] decisions that are doubled, late or made by another trigger lead to one commit', async () => {
  const { push, becomeHealthy, hear, sweep, queue, work, find, bare } = await bench();
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  const doubled = [...queue];
  queue.push(...doubled);
  await hear('dev', 'Healthy');
  await sweep();
  const commits = await commitCount(bare);
  expect(await fileAtTip(bare, 'staging.yaml')).toBe(values('2', 'b'));
  queue.push(...doubled);
  await work();
  await sweep();
  expect(await commitCount(bare)).toBe(commits);
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
});

test('[replayjudged] a replay is judged as any promotion', async () => {
  const { push, becomeHealthy, work, find, bare, again, context, store } = await bench();
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  await commitFiles(bare, { 'dev.yaml': values('1', '1') }, 'take back');
  await work();
  const record = await find('staging', '2', 'b');
  if (record?.code !== 'taken-back') throw new Error(`it is ${record?.state}`);
  const first = replayOf(record.update, 1);
  await again.run(first, context);
  expect(await store.find(first)).toMatchObject({ state: 'rejected', code: 'taken-back' });
  expect(await fileAtTip(bare, 'staging.yaml')).toBe(values('1', '1'));
  await commitFiles(bare, { 'dev.yaml': values('2', 'b') }, 'back again');
  const second = replayOf(record.update, 2);
  await again.run(second, context);
  expect(await store.find(second)).toMatchObject({ state: 'committed' });
});

test('[late] an open proposal is superseded by a newer promotion, after the push of that', async () => {
  const { push, becomeHealthy, work, queue, find, devops, again, context } = await bench(
    '\n      staging: { promoteFrom: dev, delivery: pull-request }',
  );
  const promote = async (tag: string, of: string) => {
    await push('dev', tag, of);
    await becomeHealthy('dev', tag, of);
  };
  await promote('2', 'b');
  await work();
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'pull-request', pullRequest: { number: 1 } });
  await promote('3', 'c');
  devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, action: { kind: 'unavailable' } });
  const [job] = queue.splice(0);
  await expect(again.run(job?.body, context)).rejects.toMatchObject({ kind: 'retryable' });
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'pull-request' });
  devops.faults.clear();
  await again.run(job?.body, context);
  expect(await find('staging', '2', 'b')).toMatchObject({ state: 'superseded', supersededBy: '3' });
  expect(await find('staging', '3', 'c')).toMatchObject({ state: 'pull-request', pullRequest: { number: 1 } });
});

test('[closed] a promotion whose pull request a person closed comes back by a replay only', async () => {
  const { push, becomeHealthy, hear, work, queue, find, devops, again, context, clock, store } = await bench(
    '\n      staging: { promoteFrom: dev, delivery: pull-request }',
  );
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  const [job] = queue;
  await work();
  const { abandon, all } = await azureHost(devops, []);
  await abandon(1);
  // No worker has recorded the end: the plan reads it from the Git host.
  await again.run(job?.body, context);
  const record = await find('staging', '2', 'b');
  expect(record).toMatchObject({ state: 'rejected', code: 'pull-request-closed' });
  clock.minute += 1;
  await hear('dev', 'Healthy');
  await again.run(job?.body, context);
  expect(await all()).toHaveLength(1);
  const replay = replayOf(record?.update ?? fail(), 1);
  await again.run(replay, context);
  expect(await store.find(replay)).toMatchObject({ state: 'pull-request', pullRequest: { number: 2 } });
});

function fail(): never {
  throw new Error('it has no record');
}

test.each([
  ['promoteFrom: dev', true],
  ["windows: [{ kind: allow, schedule: '0 8 * * *', duration: 8h, timeZone: UTC }]", true],
  ['skipCi: never', false],
])('[solopr] with `%s` a pull request of its own: %s', async (more, isOwn) => {
  const { table, problems } = loadRoutes(
    [
      {
        setting: 'ROUTES',
        text: `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    delivery: pull-request
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { application: argocd/dev }
      prod: { pullRequest: { group: environment }, ${more} }
`,
      },
    ],
    { azureDevOpsCollections: [], registries: [] },
  );
  const environment = table?.find('contoso.azurecr.io/api', 'prod')?.environment;
  if (!environment) throw new Error(problems.map(({ message }) => message).join('\n'));
  const pullRequests = { defaultBranch: () => Promise.resolve('main') } as unknown as PullRequests;
  const repositories = { open: () => ({ key: 'k', pullRequests }) } as unknown as Parameters<typeof proposalTarget>[2];
  const { proposal } = proposalTarget({ route: 'api', cause: { kind: 'push' } }, environment, repositories);
  expect(await proposal?.sourceFor('main')).toBe(isOwn ? 'tagrelay/api/prod' : 'tagrelay-group/prod');
});
