import { describe, expect, test } from 'vitest';
import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { Deployment, Mark } from '../../src/lib/model/deployment.ts';
import type { HistoryCommit } from './history.ts';
import { findViolations } from './promises.ts';
import { firstValue, makeScenario } from './scenario.ts';
import type { AskedUpdate } from './scenario.ts';
import { slots } from './slots.ts';
import type { Value } from './slots.ts';

/*
 * The campaign is worth what its checks find: a world in which every promise is kept, and what they say when one thing
 * in it is wrong.
 */
const scenario = { ...makeScenario({ seed: 1, updates: 12, branches: 1 }), edits: [] };
const now = new Date('2026-01-02T00:00:00Z');

interface World {
  readonly history: HistoryCommit[];
  readonly records: Map<string, Deployment | undefined>;
  readonly marks: Map<string, Mark>;
}

/** Every update in a commit of its own, in order. */
function goodWorld(updates: readonly AskedUpdate[] = scenario.updates): World {
  const first = new Map(slots.map(({ name, kind }): [string, Value] => [name, firstValue(kind)]));
  const world: World = { history: [commit('c0', [], first)], records: new Map(), marks: new Map() };
  for (const update of updates) deliver(world, update);
  return world;
}

function commit(id: string, parents: readonly string[], values: ReadonlyMap<string, Value>): HistoryCommit {
  return { id, parents, tree: `tree of ${id}`, subject: '', trailers: [], values };
}

function deliver({ history, records, marks }: World, { id, route, slot, push }: AskedUpdate): void {
  const before = history.at(-1) ?? commit('none', [], new Map());
  const { tag } = push;
  const value = slot.kind === 'pinned' ? { tag, digest: push.digest } : { tag };
  const image = `contoso.azurecr.io/${route}:${tag}${slot.kind === 'pinned' ? `@${push.digest}` : ''}`;
  const next = commit(`c${history.length}`, [before.id], new Map([...before.values, [slot.name, value]]));
  history.push({ ...next, trailers: [{ route, environment: slot.environment, image, id }] });
  const update = {
    id,
    route,
    environment: slot.environment,
    image: { registry: 'contoso.azurecr.io', repository: route, ...value },
    pushedAt: push.pushedAt,
    cause: { kind: 'push' as const },
  };
  records.set(id, moveTo(queued(update, '', now), 'committed', { commit: next.id }, now));
  marks.set(`${route} ${slot.environment}`, { ...value, pushedAt: push.pushedAt, commit: next.id });
}

function promisesBroken({ history, records, marks }: World): string[] {
  const [branch = ''] = scenario.branches;
  const found = findViolations(scenario, {
    histories: new Map([[branch, history]]),
    records,
    findMark: (route, environment) => marks.get(`${route} ${environment}`),
  });
  return [...new Set(found.map(({ promise }) => promise))].toSorted();
}

const [one = fail()] = scenario.updates;
const last = scenario.updates.at(-1) ?? fail();

test('a world in which every promise is kept', () => {
  expect(promisesBroken(goodWorld())).toEqual([]);
});

describe('one thing is wrong', () => {
  test('an update without a record', () => {
    const world = goodWorld();
    world.records.delete(one.id);
    expect(promisesBroken(world)).toContain('P1');
  });

  test('a record that is still queued although its commit is in history', () => {
    const world = goodWorld();
    const record = world.records.get(one.id) ?? fail();
    world.records.set(one.id, { ...record, state: 'queued' });
    expect(promisesBroken(world)).toContain('P7');
  });

  test('a record at another commit than its own', () => {
    const world = goodWorld();
    const record = world.records.get(one.id) ?? fail();
    world.records.set(one.id, { ...record, commit: world.history.at(-1)?.id ?? '' });
    expect(promisesBroken(world)).toEqual(['P7']);
  });

  test('the newest update was lost', () => {
    const world = goodWorld(scenario.updates.slice(0, -1));
    const update = { ...(world.records.get(one.id) ?? fail()), state: 'superseded' as const };
    world.records.set(last.id, update);
    expect(promisesBroken(world)).toEqual(['P1']);
  });

  test('an update was committed twice', () => {
    const world = goodWorld();
    deliver(world, one);
    expect(promisesBroken(world)).toEqual(expect.arrayContaining(['P2', 'P3', 'P4']));
  });

  test('an empty commit', () => {
    const world = goodWorld();
    const tip = world.history.at(-1) ?? fail();
    world.history.push({ ...commit('empty', [tip.id], tip.values), tree: tip.tree });
    expect(promisesBroken(world)).toEqual(['P2']);
  });

  test('a merge', () => {
    const world = goodWorld();
    const tip = world.history.at(-1) ?? fail();
    world.history.push(commit('merge', [tip.id, 'c1'], tip.values));
    expect(promisesBroken(world)).toEqual(['linear']);
  });

  test('a person took the newest back, and it was brought again', () => {
    const world = goodWorld();
    const tip = world.history.at(-1) ?? fail();
    const before = world.history.at(-2) ?? fail();
    world.history.push(commit('revert', [tip.id], before.values));
    expect(promisesBroken(world)).toEqual([]);
    deliver(world, last);
    expect(promisesBroken(world)).toEqual(expect.arrayContaining(['P2', 'P3']));
  });

  test('a mark that is lower than what was committed', () => {
    const world = goodWorld();
    world.marks.set(`${one.route} ${one.slot.environment}`, { tag: one.push.tag, pushedAt: one.push.pushedAt });
    expect(promisesBroken(world)).toEqual(['mark']);
  });
});

function fail(): never {
  throw new Error('the scenario has no such update');
}
