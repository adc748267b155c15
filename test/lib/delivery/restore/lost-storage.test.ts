import { describe, expect, test } from 'vitest';
import { git } from '../../../../local/git.ts';
import { makeTableStore } from '../../../../src/lib/deployments/table-store.ts';
import { formatTrailer } from '../../../../src/lib/model/trailers.ts';
import { replayOf, rollbackId } from '../../../../src/lib/model/tag-update.ts';
import { areEffectsDone } from '../../../../src/lib/model/record-version.ts';
import type { TagUpdate } from '../../../../src/lib/model/tag-update.ts';
import { makeTableRows } from '../../../../src/lib/storage/table-rows.ts';
import { deliveryBench } from '../../../support/delivery.ts';
import { commitCount, commitFiles, fileAtTip } from '../../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric } }
  prod: { tags: { match: '^(\\d+)$', order: numeric } }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: 'api-{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev, prod]
  job:
    image: contoso.azurecr.io/job
    update: [{ file: job.yaml, helm: { tag: image.tag } }]
    environments: { dev: { application: argocd/job } }
`;
const values = (tag: string, comment = '') => `image: { tag: "${tag}" }\n${comment}`;
const files = { 'api-dev.yaml': values('1'), 'api-prod.yaml': values('1'), 'job.yaml': values('1') };
const dev = { route: 'api', environment: 'dev' };
const prod = { route: 'api', environment: 'prod' };

/** A message with the trailer of an update, as anyone can write it. */
function forge({ route, environment, id, image, pushedAt }: TagUpdate): string {
  const reference = `${image.registry}/${image.repository}:${image.tag}`;
  return `deploy: forged\n\n${formatTrailer({ route, environment, id, image: reference, pushed: pushedAt })}`;
}

async function bench() {
  const made = await deliveryBench({ routes, files });
  const tip = async (): Promise<string> => (await git(['rev-parse', 'main'], made.bare)).trim();
  const revert = (file: string, tag: string) => commitFiles(made.bare, { [file]: values(tag) }, `Revert to ${tag}`);

  /** A worker on storage that was emptied. */
  async function afterLoss() {
    const rows = makeTableRows({ AzureWebJobsStorage: made.connectionString });
    while ((await rows.removeUnchanged('', new Date(Date.now() + 60_000), 1_000)) > 0);
    return fresh();
  }

  function fresh() {
    const store = makeTableStore(makeTableRows({ AzureWebJobsStorage: made.connectionString }));
    return { store, apply: made.worker({ store }) };
  }

  function of(environment: string, tag: string): TagUpdate {
    const found = made.updates('api', tag).find((update) => update.environment === environment);
    if (!found) throw new Error(`the routes of the test have no ${environment}`);
    return found;
  }

  return { ...made, tip, revert, afterLoss, fresh, of };
}

describe('storage was lost', () => {
  test('a late message does not commit over the revert of a person', async () => {
    const { bare, worker, of, revert, afterLoss, tip } = await bench();
    const two = of('dev', '2');
    expect(await worker()(two)).toMatchObject({ kind: 'committed' });
    const commit = await tip();
    await revert('api-dev.yaml', '1');
    const commits = await commitCount(bare);
    const { store, apply } = await afterLoss();
    expect(await apply(two)).toMatchObject({ kind: 'done-before', commit });
    expect(await store.findMark(dev)).toMatchObject({ tag: '2', commit, pushedAt: two.pushedAt });
    expect(await store.find(two)).toMatchObject({ state: 'committed', commit, previous: '1' });
    expect(await commitCount(bare)).toBe(commits);
    expect(await fileAtTip(bare, 'api-dev.yaml')).toBe(values('1'));
    expect(await apply(of('dev', '3'))).toMatchObject({ kind: 'committed', previous: '1' });
  });

  test('a late message of an older tag, whose commit was reverted too, commits nothing', async () => {
    const { bare, worker, of, revert, afterLoss } = await bench();
    const apply = worker();
    await apply(of('dev', '2'));
    await apply(of('dev', '4'));
    await revert('api-dev.yaml', '1');
    const commits = await commitCount(bare);
    const again = (await afterLoss()).apply;
    expect(await again(of('dev', '3'))).toMatchObject({ kind: 'superseded', by: '4' });
    expect(await again(of('dev', '2'))).toMatchObject({ kind: 'done-before' });
    expect(await commitCount(bare)).toBe(commits);
  });

  test('each environment gets its own mark back', async () => {
    const { bare, worker, of, revert, afterLoss } = await bench();
    const apply = worker();
    await apply(of('dev', '5'));
    await apply(of('prod', '2'));
    await revert('api-dev.yaml', '1');
    await revert('api-prod.yaml', '1');
    const { store, apply: again } = await afterLoss();
    expect(await again(of('dev', '4'))).toMatchObject({ kind: 'superseded', by: '5' });
    expect(await store.findMark(prod)).toBeUndefined();
    expect(await again(of('prod', '4'))).toMatchObject({ kind: 'committed', previous: '1' });
    expect(await store.findMark(dev)).toMatchObject({ tag: '5' });
    expect(await store.findMark(prod)).toMatchObject({ tag: '4' });
    expect(await fileAtTip(bare, 'api-dev.yaml')).toBe(values('1'));
  });

  test('a value that is in the file does not hide the higher one that was reverted', async () => {
    const { bare, worker, of, revert, afterLoss } = await bench();
    const apply = worker();
    await apply(of('dev', '2'));
    await apply(of('dev', '5'));
    await revert('api-dev.yaml', '2');
    const { store, apply: again } = await afterLoss();
    expect(await again(of('dev', '2'))).toMatchObject({ kind: 'done-before' });
    expect(await store.findMark(dev)).toMatchObject({ tag: '5' });
    expect(await again(of('dev', '5'))).toMatchObject({ kind: 'done-before' });
    expect(await fileAtTip(bare, 'api-dev.yaml')).toBe(values('2'));
  });

  test('late messages that ignore the mark commit nothing: a replay, and the rollback of a person', async () => {
    const { bare, worker, of, revert, afterLoss } = await bench();
    const apply = worker();
    await apply(of('dev', '2'));
    const replay = replayOf(of('dev', '3'), 1);
    await apply(replay);
    const rollback: TagUpdate = {
      ...of('dev', '2'),
      id: rollbackId(replay.id),
      cause: { kind: 'rollback', of: replay.id, automatic: false, reason: 'orders fail' },
    };
    expect(await apply(rollback)).toMatchObject({ kind: 'committed' });
    await revert('api-dev.yaml', '1');
    const commits = await commitCount(bare);
    const { store, apply: again } = await afterLoss();
    expect(await again(rollback)).toMatchObject({ kind: 'done-before' });
    expect(await store.findMark(dev)).toMatchObject({ tag: '3' });
    expect(await again(replay)).toMatchObject({ kind: 'done-before' });
    expect(await commitCount(bare)).toBe(commits);
  });

  test('nothing is proposed over a revert', async () => {
    const { worker, of, revert, afterLoss } = await bench();
    await worker()(of('dev', '2'));
    await revert('api-dev.yaml', '1');
    const { store, apply } = await afterLoss();
    expect(await apply(of('dev', '2'), { proposes: true })).toMatchObject({ kind: 'done-before' });
    expect(await store.sourceBranches()).toEqual([]);
  });
});

describe('a look into history', () => {
  test('believes no trailer that the diff refutes', async () => {
    const { bare, worker, of, store } = await bench();
    await commitFiles(bare, { 'api-dev.yaml': values('1', '# a comment\n') }, forge(of('dev', '999')));
    await commitFiles(bare, { 'api-dev.yaml': values('1', '# another\n') }, forge(of('dev', '3')));
    expect(await worker()(of('dev', '3'))).toMatchObject({ kind: 'committed' });
    expect(await store.findMark(dev)).toMatchObject({ tag: '3' });
    expect(await store.find(of('dev', '999'))).toBeUndefined();
  });

  test('records nothing for an id that is not the one of the image', async () => {
    const { bare, worker, of, store } = await bench();
    const forged = { ...of('dev', '3'), id: of('dev', '4').id };
    await commitFiles(bare, { 'api-dev.yaml': values('3') }, forge(forged));
    expect(await worker()(of('dev', '4'))).toMatchObject({ kind: 'committed', previous: '3' });
    expect(await store.findMark(dev)).toMatchObject({ tag: '4' });
  });

  test('is made once for an environment without a commit of tagrelay', async () => {
    const { worker, of, fresh } = await bench();
    const { store } = fresh();
    let known = 0;
    let noMarks = 0;
    const counted = worker({
      store: {
        ...store,
        isMarkKnown: async (key) => {
          const isKnown = await store.isMarkKnown(key);
          known += Number(isKnown);
          return isKnown;
        },
        recordNoMark: (key, searched) => {
          noMarks += 1;
          return store.recordNoMark(key, searched);
        },
      },
    });
    // The tag cannot be ordered below what the file holds, so nothing is written.
    expect(await counted(of('dev', '0'))).toMatchObject({ kind: 'superseded' });
    expect([known, noMarks]).toEqual([0, 1]);
    expect(await counted(of('dev', '00'))).toMatchObject({ kind: 'superseded' });
    expect([known, noMarks]).toEqual([1, 1]);
  });

  test('is not recorded where a commit sets the mark', async () => {
    const { worker, of, fresh } = await bench();
    const { store } = fresh();
    const environments: string[] = [];
    const recorded = worker({
      store: {
        ...store,
        recordNoMark: (key, searched) => {
          environments.push(key.environment);
          return store.recordNoMark(key, searched);
        },
      },
    });
    expect(await recorded(of('dev', '5'))).toMatchObject({ kind: 'committed' });
    expect(environments).toEqual([]);
    expect(await store.findMark(dev)).toMatchObject({ tag: '5' });
  });

  test('does not bring back a mark that a person has cleared', async () => {
    const { worker, of, store, revert, fresh } = await bench();
    const apply = worker();
    await apply(of('dev', '5'));
    await revert('api-dev.yaml', '1');
    await store.setMark(dev, { id: 'x', at: new Date().toISOString(), reason: 'new numbering', mark: undefined });
    expect(await fresh().apply(of('dev', '2'))).toMatchObject({ kind: 'committed', previous: '1' });
  });

  test('brings the records of all proven trailers back, with the time of their commits', async () => {
    const { worker, of, afterLoss } = await bench();
    const apply = worker();
    await apply(of('dev', '2'));
    await apply(of('dev', '3'));
    const { store, apply: again } = await afterLoss();
    const before = Date.now();
    await again(of('dev', '1'));
    const record = await store.find(of('dev', '2'));
    expect(record).toMatchObject({ state: 'committed', previous: '1', update: of('dev', '2') });
    expect(Date.parse(record?.updatedAt ?? '')).toBeLessThanOrEqual(before);
    expect(await store.find(of('dev', '3'))).toMatchObject({ state: 'committed', previous: '2' });
  });

  test('an application is not waited for where the branch holds another value; such a record has no effects', async () => {
    const { worker, update, afterLoss } = await bench();
    const apply = worker();
    const [two, three] = [update('job', '2'), update('job', '3')];
    await apply(two);
    await apply(three);
    const { store, apply: again } = await afterLoss();
    await again(three);
    const replaced = await store.find(two);
    expect(replaced).toMatchObject({ state: 'superseded', commit: expect.any(String), applications: ['argocd/job'] });
    expect(replaced && areEffectsDone(replaced)).toBe(true);
    const held = await store.find(three);
    expect(held).toMatchObject({ state: 'committed', applications: ['argocd/job'] });
    expect(held && areEffectsDone(held)).toBe(false);
    expect(await again(two)).toMatchObject({ kind: 'done-before', state: 'superseded' });
  });
});
