import { expect, test } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { BranchWriter } from '../../src/lib/updates/branch-writer.ts';
import type { Target } from '../../src/lib/updates/delivery.ts';
import type { Outcome } from '../../src/lib/updates/outcome.ts';
import { replayOf } from '../../src/lib/updates/tag-update.ts';
import type { TagUpdate } from '../../src/lib/updates/tag-update.ts';
import { deliveryBench } from '../support/delivery.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;

async function bench() {
  const { update, findEnvironment, openRepositories } = await deliveryBench({ routes, files: { 'a.yaml': '' } });
  const groups: string[][] = [];
  const { repository, key } = openRepositories().open('https://dev.azure.com/contoso/platform/_git/gitops');
  const target: Target = { key, repository, branch: 'main' };
  const writer = new BranchWriter(target, {
    commitGroup: async (group) => {
      groups.push(group.map(({ update: { image, replay } }) => `${image.repository}${image.tag}${replay ? 'r' : ''}`));
      return new Map(group.map(({ update: { id } }): [string, Outcome] => [id, { kind: 'ignored' }]));
    },
    sleep: () => Promise.resolve(),
    now: () => 0,
    random: () => 0.5,
  });
  const submit = async (one: TagUpdate, isSuspect = false) => {
    const environment = await findEnvironment(one);
    if (!environment) throw new Failure('route-removed', 'the routes of the test take it');
    return { resolved: { update: one, environment, isSuspect } };
  };
  return { groups, writer, submit, update };
}

test('a replay goes before the others, alone; what may have killed its worker goes after them, alone', async () => {
  const { groups, writer, submit, update } = await bench();
  const waiting = [
    await submit(update('a', '2'), true),
    await submit(update('b', '2')),
    await submit(update('c', '2'), true),
    await submit(replayOf(update('d', '1'), 1)),
    await submit(update('d', '2')),
    await submit(replayOf(update('e', '1'), 1), true),
  ];
  await Promise.all(waiting.map(({ resolved }) => writer.submit(resolved)));
  expect(groups).toEqual([['d1r'], ['e1r'], ['b2', 'd2'], ['a2'], ['c2']]);
});
