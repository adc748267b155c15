import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';
import { branch, gitHubBench as bench, values } from '../../support/pull-requests/bench.ts';

describe('opening', () => {
  test('reviewers by login and team, labels and draft; who may not be asked is named and stops nothing', async () => {
    const { worker, update, get, look } = await bench();
    const { rules } = await look();
    rules.collaborators.add('grace');
    rules.teams.add('release');
    expect(await worker()(update('full', '2'))).toMatchObject({ kind: 'pull-request' });
    const opened = await get(1);
    expect(opened).toMatchObject({ isDraft: true, labels: ['prod', 'app'], reviewers: ['grace', 'contoso/release'] });
    expect(opened.description).toContain('No review could be requested of `nobody`.');
    expect(parseTrailers(opened.description)).toHaveLength(1);
  });

  test('labels that are refused are named and stop nothing', async () => {
    const { worker, update, get, gitHub } = await bench();
    gitHub.plan({
      match: /labels$/,
      fault: { kind: 'answer', status: 403, body: { message: 'Resource not accessible' } },
    });
    expect(await worker()(update('full', '2'))).toMatchObject({ kind: 'pull-request' });
    expect((await get(1)).description).toContain('The labels were refused');
  });

  test('a worker that died between opening and labels: the next one adds them', async () => {
    const { worker, update, get, all, gitHub } = await bench();
    gitHub.plan({ match: /labels$/, times: 9, fault: { kind: 'answer', status: 503 } });
    expect(await worker()(update('full', '2'))).toMatchObject({ failure: { code: 'service-unavailable' } });
    gitHub.clearFaults();
    expect(await worker()(update('full', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await get(1)).toMatchObject({ labels: ['prod', 'app'] });
    expect(await all()).toHaveLength(1);
  });
});

describe('auto-merge', () => {
  test('waits for the rules of the target, and merges with our message', async () => {
    const { bare, worker, update, look, get, poll } = await guarded();
    await worker()(update('auto', '2'));
    const { pulls } = await look();
    expect(pulls[0]?.autoMerge).toMatchObject({ method: 'SQUASH', title: 'deploy(auto): auto 1 → 2' });
    for (const pull of pulls) pull.approvals = 1;
    await look();
    expect(await get(1)).toMatchObject({ state: 'completed' });
    const message = await git(['log', '-1', '--format=%B', 'main'], bare);
    expect(parseTrailers(message)).toMatchObject([{ id: update('auto', '2').id }]);
    expect(await poll()).toEqual(['merged']);
  });

  test('a newer tag brings its own message', async () => {
    const { worker, update, look } = await guarded();
    await worker()(update('auto', '2'));
    await worker()(update('auto', '3'));
    const { pulls } = await look();
    expect(pulls).toMatchObject([{ autoMerge: { title: 'deploy(auto): auto 1 → 3' } }]);
  });

  test('what a person has switched off stays off', async () => {
    const { worker, update, look, get } = await guarded();
    await worker()(update('auto', '2'));
    for (const pull of (await look()).pulls) pull.autoMerge = null;
    expect(await worker()(update('auto', '3'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await get(1)).toMatchObject({ autoCompletes: false, state: 'active' });
  });

  test('a repository that does not allow it: the description says so, and the update goes on', async () => {
    const { worker, update, look, get, store } = await guarded();
    (await look()).rules.allowAutoMerge = false;
    expect(await worker()(update('auto', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
    const { description, autoCompletes } = await get(1);
    expect(autoCompletes).toBe(false);
    expect(description).toContain('It does not complete by itself');
    expect(description).toContain('Auto merge is not allowed for this repository');
    expect(parseTrailers(description)).toHaveLength(1);
    expect(await store.find(update('auto', '2'))).toMatchObject({ state: 'pull-request' });
  });

  test('a strategy that the repository does not allow is said too', async () => {
    const { worker, update, look, get } = await bench();
    (await look()).rules.methods.delete('squash');
    expect(await worker()(update('auto', '2'))).toMatchObject({ kind: 'pull-request' });
    expect((await get(1)).description).toContain('squash merges are not allowed');
  });

  test('a target that moves under the merge is no refusal', async () => {
    const { bare, worker, update, gitHub, get } = await bench();
    const refusal = answer(405, { message: 'Base branch was modified. Review and try the merge again.' });
    gitHub.plan({ match: /^PUT .*\/merge$/, times: 1, fault: refusal });
    await worker()(update('auto', '2'));
    expect(await get(1)).toMatchObject({ state: 'completed' });
    expect(await fileAtTip(bare, 'auto.yaml')).toBe(values('2'));
  });

  test('eight that may merge at once are all merged', async () => {
    const services = Array.from({ length: 8 }, (_, index) => `s${index}`);
    const { bare, worker, update, poll } = await bench({
      files: Object.fromEntries(services.map((service) => [`soon/${service}.yaml`, values('1')])),
    });
    const apply = worker();
    const outcomes = await Promise.all(services.map((service) => apply(update(`soon/${service}`, '2'))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(services.map(() => 'pull-request'));
    expect(await poll()).toEqual(services.map(() => 'merged'));
    for (const service of services) expect(await fileAtTip(bare, `soon/${service}.yaml`)).toBe(values('2'));
  });

  test('a head that is not our push is not merged', async () => {
    const { bare, worker, update, gitHub, get } = await bench();
    const act = () => commitToBranch(bare, 'tagrelay/auto/auto');
    gitHub.plan({ match: /^PUT .*\/merge$/, times: 1, fault: { kind: 'meanwhile', act } });
    expect(await worker()(update('auto', '2'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
    expect(await get(1)).toMatchObject({ state: 'active' });
    expect(await fileAtTip(bare, 'auto.yaml')).toBe(values('1'));
  });
});

describe('what ends a pull request on GitHub', () => {
  test('deleting its branch closes it: the same tag stays away, a newer one is proposed', async () => {
    const { bare, worker, update, poll, get, store } = await bench();
    const apply = worker();
    await apply(update('app/api', '2'));
    await git(['branch', '-D', branch], bare);
    expect(await poll()).toEqual(['pull-request-closed']);
    expect(await get(1)).toMatchObject({ state: 'abandoned' });
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'rejected', code: 'pull-request-closed' });
    expect(await apply(update('app/api', '2'))).toEqual({ kind: 'done-before', state: 'rejected' });
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2 });
  });

  test('so does taking our commit off it', async () => {
    const { bare, worker, update, poll } = await bench();
    await worker()(update('app/api', '2'));
    await git(['update-ref', `refs/heads/${branch}`, 'main'], bare);
    expect(await poll()).toEqual(['pull-request-closed']);
    expect(await worker()(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2 });
  });

  test('a person who pushes the branch to the target has merged it', async () => {
    const { bare, worker, update, poll, store } = await bench();
    await worker()(update('app/api', '2'));
    await git(['update-ref', 'refs/heads/main', branch], bare);
    expect(await poll()).toEqual(['merged']);
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
  });

  test('a merge just before our push: the newer tag gets a pull request of its own', async () => {
    const { bare, worker, update, complete, gitServer, store, all, poll, log } = await bench();
    const apply = worker();
    await apply(update('app/api', '2'));
    const act = () => complete(1, { strategy: 'squash' });
    gitServer.plan({ match: /^POST .*receive-pack/, times: 1, fault: { kind: 'meanwhile', act } });
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '2' });
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
    expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 2 → 3']);
    await complete(2);
    expect(await poll()).toEqual(['merged']);
    expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('3'));
    expect(await all()).toHaveLength(2);
  });

  test('who closes it just before our push has not seen the newer tag, which is proposed', async () => {
    const { worker, update, abandon, gitServer, store, all } = await bench();
    const apply = worker();
    await apply(update('app/api', '2'));
    gitServer.plan({ match: /^POST .*receive-pack/, times: 1, fault: { kind: 'meanwhile', act: () => abandon(1) } });
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '1' });
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'rejected', code: 'pull-request-closed' });
    expect(await all()).toHaveLength(2);
  });
});

describe('faults', () => {
  test('a hidden repository closes no pull request', async () => {
    const { worker, update, gitHub, poll, store } = await bench();
    await worker()(update('app/api', '2'));
    gitHub.plan({ match: /^GET \/repos/, fault: answer(404, { message: 'Not Found' }) });
    gitHub.plan({
      match: /graphql/,
      fault: answer(200, { data: null, errors: [{ type: 'NOT_FOUND', message: 'hidden' }] }),
    });
    expect(await poll()).toEqual(['pull-request-not-followed']);
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'pull-request' });
    gitHub.clearFaults();
    expect(await poll()).toEqual([]);
  });

  test('the timer looks at every page of open pull requests', async () => {
    const { worker, update, gitHub, poll, bare } = await bench();
    const apply = worker();
    for (const service of ['app/api', 'app/web', 'latest', 'digest']) await apply(update(service, '2'));
    await commitFiles(bare, { 'other.yaml': 'a: 1\n' }, 'something else');
    gitHub.requests.splice(0);
    expect(await poll()).toEqual([]);
    expect(gitHub.requests.map(({ line }) => line)).toEqual(['POST /graphql', 'POST /graphql']);
  });
});

async function commitToBranch(bare: string, name: string): Promise<void> {
  const tree = (await git(['rev-parse', `${name}^{tree}`], bare)).trim();
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@contoso.example'];
  const commit = (await git([...identity, 'commit-tree', tree, '-p', name, '-m', 'mine'], bare)).trim();
  await git(['update-ref', `refs/heads/${name}`, commit], bare);
}

/** GitHub with a rule: a merge needs an approval. */
async function guarded() {
  const world = await bench();
  await world.guard();
  return world;
}

function answer(status: number, body: unknown) {
  return { kind: 'answer', status, body } as const;
}
