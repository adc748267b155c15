import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { eventually } from '../../support/eventually.ts';
import { azureBench as bench, branch, values } from '../../support/pull-requests/bench.ts';

test('reviewers by mail, labels, work items and draft; a reviewer who is unknown is named in the description', async () => {
  const { worker, update, get, api } = await bench({
    identities: [{ displayName: 'Grace', mail: 'grace@contoso.com' }],
  });
  expect(await worker()(update('full', '2'))).toMatchObject({ kind: 'pull-request' });
  const opened = await get(1);
  expect(opened).toMatchObject({ isDraft: true, labels: ['prod', 'app'] });
  expect(opened.reviewers).toEqual(['Grace']);
  expect(await api.getPullRequest('gitops', 1, 'platform', undefined, 0, 0, false, true)).toMatchObject({
    workItemRefs: [{ id: '7' }],
  });
  expect(opened.description).toContain('No reviewer `nobody@contoso.com` was found.');
  expect(parseTrailers(opened.description)).toHaveLength(1);
});

test('auto-complete deletes the branch', async () => {
  const { bare, worker, update, until } = await bench();
  await worker()(update('auto', '2'));
  await until(1, { state: 'completed' });
  // The branch is deleted after the completion.
  await eventually(async () => expect(await git(['branch', '--list', 'tagrelay/*'], bare)).toBe(''));
});

test('a target that refuses direct pushes takes pull requests', async () => {
  const { worker, update } = await bench({ policies: [{ branch: 'main' }] });
  expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request' });
});

test('a branch that is deleted while a newer tag is pushed begins again at the target', async () => {
  const { devops, worker, update, log, show } = await bench();
  const apply = worker();
  await apply(update('app/api', '2'));
  devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, times: 1, action: { kind: 'branch-vanishes' } });
  expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 1 });
  expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 1 → 3']);
  expect(await show(branch)).toBe(values('3'));
});

test('a culprit stands alone: the others of its group are proposed', async () => {
  const { devops, worker, update, all, show } = await bench();
  devops.faults.add({ action: { kind: 'secret-found', status: 403, content: /SECRET/ } });
  const apply = worker();
  const outcomes = await Promise.all(['secret', 'api', 'web'].map((name) => apply(update(`group/${name}`, '2'))));
  expect(outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.failure.code : outcome.kind))).toEqual([
    'push-blocked-by-secret-scanning',
    'pull-request',
    'pull-request',
  ]);
  expect(await all()).toHaveLength(1);
  expect(await show('tagrelay-group/all', 'group/web.yaml')).toBe(values('2'));
});

test('who takes our commit off the branch is respected', async () => {
  const { bare, worker, update, poll } = await bench();
  await worker()(update('app/api', '2'));
  await git(['update-ref', `refs/heads/${branch}`, 'main'], bare);
  await poll();
  expect(await worker()(update('app/api', '3'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
  expect(await git(['rev-parse', branch], bare)).toBe(await git(['rev-parse', 'main'], bare));
});

test('who deletes the branch of an open pull request gets it back with a newer tag only', async () => {
  const { bare, worker, update, poll, show, get } = await bench();
  const apply = worker();
  await apply(update('app/api', '2'));
  await git(['branch', '-D', branch], bare);
  await poll();
  expect(await apply(update('app/api', '2'))).toMatchObject({ kind: 'done-before', state: 'pull-request' });
  expect(await git(['branch', '--list', branch], bare)).toBe('');
  expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 1 });
  expect(await show(branch)).toBe(values('3'));
  expect(await get(1)).toMatchObject({ state: 'active' });
});
