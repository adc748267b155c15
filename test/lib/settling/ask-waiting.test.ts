import { expect, test } from 'vitest';
import { askWaiting } from '../../../src/lib/settling/ask-waiting.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
import { healthyAt, settlingBench, zero } from '../../support/settling.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;
const files = { 'api.yaml': 'image: { tag: "1" }\n' };

async function bench(answer: () => Promise<SyncResult | undefined> = () => Promise.resolve(undefined)) {
  const asked: string[] = [];
  const access = { knows: true };
  const started = await settlingBench(
    { routes, files },
    {},
    {
      knows: () => access.knows,
      getApplication: (application: string) => {
        asked.push(application);
        return answer();
      },
    },
  );
  /** The minute's run, without the asks that are planned besides. */
  const ask = async (knows = true): Promise<void> => {
    access.knows = knows;
    const { settling, events, waiting, store } = started;
    const log = (_level: string, event: string): void => void events.push(event);
    await askWaiting(log, { ...settling, store });
    await settling.refresher.idle();
    const planned = waiting.filter(({ body }) => 'ask' in (body as object));
    for (const one of planned) waiting.splice(waiting.indexOf(one), 1);
    await started.work();
  };
  return { ...started, asked, ask };
}

test('an application whose deployment has heard nothing for 5 min is asked after, and the answer settles it', async () => {
  const answers: SyncResult[] = [];
  const { deploy, ask, asked, clock, stateOf } = await bench(() => Promise.resolve(answers[0]));
  const deployed = await deploy('api', '2');
  answers.push(healthyAt(deployed.commit, 1));
  clock.minute += 4;
  await ask();
  expect(asked).toEqual([]);
  clock.minute += 1;
  await ask(false);
  expect(asked).toEqual([]);
  await ask();
  expect(asked).toEqual(['argocd/shop-dev']);
  expect(await stateOf(deployed)).toBe('healthy');
  clock.minute += 60;
  await ask();
  expect(asked).toHaveLength(1);
});

test('what was heard of within 5 min is not asked after, and what was asked not again at once', async () => {
  const { deploy, hear, ask, asked, clock, tip } = await bench();
  const first = await tip();
  await deploy('api', '2');
  clock.minute += 6;
  await hear(healthyAt(first, 1));
  await ask();
  expect(asked).toEqual([]);
  clock.minute += 6;
  await ask();
  expect(asked).toHaveLength(1);
  await ask();
  expect(asked).toHaveLength(1);
  clock.minute += 5;
  await ask();
  expect(asked).toHaveLength(2);
});

test('an Argo CD that does not answer is tried four times, and asked by a later run', async () => {
  const { deploy, ask, asked, clock, events } = await bench(() =>
    Promise.reject(new Failure('argocd-unavailable', 'no answer')),
  );
  await deploy('api', '2');
  clock.minute += 5;
  await ask();
  expect(events).toContain('argocd-not-asked');
  expect(asked).toHaveLength(4);
  clock.minute += 5;
  await ask();
  expect(asked).toHaveLength(8);
});

test('times of a machine whose clock is an hour ahead delay no ask', async () => {
  const { deploy, ask, asked, clock, settling } = await bench();
  clock.minute += 60;
  await deploy('api', '2');
  const [waiting] = await settling.results.waiting();
  if (!waiting) throw new Error('it is waited for');
  await settling.results.recordCheck(waiting, new Date(zero + clock.minute * 60_000).toISOString());
  clock.minute -= 60;
  await ask();
  expect(asked).toEqual(['argocd/shop-dev']);
});

test('an application that is waited for again after a look is not forgotten', async () => {
  const { deploy, hear, settling, clock } = await bench();
  const first = await deploy('api', '2');
  await hear(healthyAt(first.commit, 1, { images: ['contoso.azurecr.io/api:2'] }));
  const [seen] = await settling.results.waiting();
  if (!seen) throw new Error('it is waited for');
  clock.minute += 1;
  await deploy('api', '3');
  await settling.results.recordCheck(seen, undefined);
  expect(await settling.results.waiting()).toMatchObject([{ application: 'argocd/shop-dev' }]);
});
