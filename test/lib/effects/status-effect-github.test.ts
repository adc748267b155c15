import { expect, test } from 'vitest';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { runEffects } from '../../../src/lib/effects/run-effects.ts';
import { makePostedStore } from '../../../src/lib/effects/posted.ts';
import { makeStatusEffect } from '../../../src/lib/effects/status-effect.ts';
import { gitHubBench } from '../../support/pull-requests/bench.ts';

test('on GitHub a pull request shows that it waits, on its head, and its merge carries the status on', async () => {
  const bench = await gitHubBench();
  const { store, update, worker, poll, complete, connectionString, findEnvironment, openRepositories } = bench;
  const rows = makeTableRows({ AzureWebJobsStorage: connectionString });
  const step = makeStatusEffect({
    index: makeDeploymentIndex(rows),
    store,
    posted: makePostedStore(rows),
    findEnvironment,
    repositories: openRepositories(),
    buildTags: { setTag: () => Promise.reject(new Error('there is no build')) },
    lastResult: () => Promise.resolve(undefined),
  });
  const api = update('app/api', '2');
  const follow = () => runEffects([api], () => undefined, { store, effects: [step] });
  /** The last status of each context. */
  const shownAt = async (commit: string) => {
    const { statuses } = await bench.gitHub.look('contoso', 'gitops');
    const all = statuses.get(commit) ?? [];
    return Object.fromEntries(all.map(({ context, state, description }) => [context, `${state}: ${description}`]));
  };

  await worker()(api);
  await follow();
  const { head = '' } = (await bench.gitHub.look('contoso', 'gitops')).pulls[0] ?? {};
  expect(await shownAt(head)).toEqual({
    'argocd/prod/app/api': 'pending: 2 waits for the merge of pull request 1',
  });
  await complete(1, { strategy: 'squash' });
  await poll();
  await follow();
  const { commit = '' } = (await store.find(api)) ?? {};
  expect(commit).not.toBe(head);
  for (const shown of [await shownAt(head), await shownAt(commit)]) {
    expect(shown).toEqual({ 'argocd/prod/app/api': 'success: 2 is committed' });
  }
});
