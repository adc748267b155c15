import { expect, test } from 'vitest';
import { queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import type { OpenGate } from '../../../src/lib/gates/gate.ts';
import { makeGateEffect } from '../../../src/lib/gates/gate-effect.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';

const collection = 'https://dev.azure.com/fabrikam';
const noLog = (): void => {};

function deployment(route: string, environment = 'dev', build?: { collection: string; id: number }): Deployment {
  const image = { registry: 'fabrikam.azurecr.io', repository: route, tag: 'v7' };
  const pushedAt = '2026-11-20T10:00:00Z';
  const id = updateId(route, environment, image, false);
  const update = { id, route, environment, image, pushedAt, cause: { kind: 'push' as const } };
  const record = queued(update, '', new Date(pushedAt));
  if (!build) return record;
  const definition = { id: 1, name: 'shop' };
  const rest = {
    project: 'shop',
    number: '1',
    url: '',
    sourceBranch: '',
    sourceVersion: '',
    reason: '',
    trusted: true,
  };
  return { ...record, build: { ...build, ...rest, definition } };
}

function gate(id: string, selector: OpenGate['selector'], found: readonly string[] = []): OpenGate {
  return { id, collection, environment: 'dev', selector, found };
}

function bench(open: readonly OpenGate[]) {
  const looks: string[] = [];
  let reads = 0;
  const step = makeGateEffect({
    gates: {
      open: async () => {
        reads += 1;
        return open;
      },
    },
    evaluate: async (ids) => {
      looks.push(...ids);
    },
  });
  const run = async (...all: readonly Deployment[]): Promise<void> => {
    await Promise.all(all.map((one) => step(one, noLog)));
  };
  return { run, looks, reads: () => reads };
}

test('the records of a commit evaluate each gate once, by one read of the open gates', async () => {
  const build = { kind: 'build', build: 1 } as const;
  const { run, looks, reads } = bench([gate('a', build), gate('b', build)]);
  const all = Array.from({ length: 100 }, (_, index) => deployment(`r${index}`, 'dev', { collection, id: 1 }));
  await run(...all);
  expect([looks.toSorted(), reads()]).toEqual([['a', 'b'], 1]);
  await run(deployment('r1', 'dev', { collection, id: 1 }));
  expect(looks).toHaveLength(4);
});

test('a gate is looked at for what it asks for, and for what is newer of what it has found', async () => {
  const { run, looks } = bench([
    gate('build', { kind: 'build', build: 1 }),
    gate('tag', { kind: 'tag', tag: 'v7' }),
    gate('found', { kind: 'tag', tag: 'v6' }, ['web']),
    gate('other', { kind: 'tag', tag: 'v6' }),
  ]);
  await run(deployment('web'));
  expect(looks.splice(0).toSorted()).toEqual(['found', 'tag']);
  await run(deployment('web', 'prod', { collection, id: 1 }));
  expect(looks).toEqual([]);
  // The same number in another collection is another build.
  await run(deployment('api', 'dev', { collection: 'https://dev.azure.com/contoso', id: 1 }));
  expect(looks.splice(0)).toEqual(['tag']);
  await run(deployment('api', 'dev', { collection: 'https://dev.azure.com/Fabrikam', id: 1 }));
  expect(looks.toSorted()).toEqual(['build', 'tag']);
});
