import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;

/** A branch on whose tip a process has just recorded a push intent. */
async function bench(by: string, at = new Date()) {
  const started = await deliveryBench({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const { bare, store, openRepositories, update } = started;
  const { key } = openRepositories().open('https://dev.azure.com/contoso/platform/_git/gitops');
  const intent = {
    id: 'push',
    target: `${key}#main`,
    base: (await git(['rev-parse', 'main'], bare)).trim(),
    updates: [update('api', '2')],
    at: at.toISOString(),
    by,
  };
  await store.recordIntent(intent);
  return { ...started, removeIntent: () => store.removeIntent(intent) };
}

test('the push intent of another is waited for before anything is read, and then goes the next commit', async () => {
  const { devops, worker, update, removeIntent, bare } = await bench('another');
  let asked: readonly (string | undefined)[] = [];
  const apply = worker({
    instance: 'this one',
    othersPushMs: 60_000,
    sleep: async (ms) => {
      if (ms <= 10) return;
      asked = devops.requests.map(({ resource }) => resource);
      await removeIntent();
    },
  });
  expect(await apply(update('api', '3'))).toMatchObject({ kind: 'committed' });
  expect(asked).toContain('refs');
  expect(asked).not.toContain('items');
  expect(await commitCount(bare)).toBe(2);
});

test.each([
  ['another recorded it, and takes longer than is usual', 'another', 0],
  ['this process recorded it', 'this one', 60_000],
])('a push is not waited for where %s', async (_name, by, othersPushMs) => {
  const { worker, update } = await bench(by);
  const waits: number[] = [];
  const apply = worker({
    instance: 'this one',
    othersPushMs,
    sleep: (ms) => Promise.resolve(void waits.push(ms)),
  });
  expect(await apply(update('api', '3'))).toMatchObject({ kind: 'committed' });
  expect(waits.filter((ms) => ms > 10)).toEqual([]);
});

test.each([
  ['an hour', 60 * 60_000],
  ['a year', 365 * 24 * 60 * 60_000],
])('a push is not waited for where the clock of its worker is %s ahead', async (_name, ahead) => {
  const { worker, update } = await bench('another', new Date(Date.now() + ahead));
  const waits: number[] = [];
  const apply = worker({
    instance: 'this one',
    othersPushMs: 3_000,
    sleep: (ms) => Promise.resolve(void waits.push(ms)),
  });
  expect(await apply(update('api', '3'))).toMatchObject({ kind: 'committed' });
  expect(waits.filter((ms) => ms > 10)).toEqual([]);
});
