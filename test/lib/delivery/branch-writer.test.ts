import type { Clock } from '../../../src/lib/model/clock.ts';
import { expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import { BranchWriter } from '../../../src/lib/delivery/branch-writer.ts';
import { Contention } from '../../../src/lib/delivery/contention.ts';
import type { Target } from '../../../src/lib/delivery/delivery.ts';
import type { Outcome } from '../../../src/lib/model/outcome.ts';
import { isReplay, replayOf } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { eventually } from '../../support/eventually.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const window = { kind: 'allow', schedule: '0 8 * * *', durationSeconds: 3600, timeZone: 'UTC' } as const;

interface Given {
  /** What becomes of a group; ignored where it does not say. */
  readonly outcome?: (group: number) => Outcome | undefined;
  /** What every group waits for. */
  readonly hold?: Promise<void>;
  readonly sleep?: (ms: number) => void;
  readonly now?: Clock;
  readonly refusal?: () => Failure | undefined;
}

async function bench({
  outcome = () => undefined,
  hold,
  sleep = () => undefined,
  now = () => new Date(0),
  refusal = () => undefined,
}: Given = {}) {
  const { update, findEnvironment, openRepositories } = await deliveryBench({ routes, files: { 'a.yaml': '' } });
  const groups: string[][] = [];
  const { repository, key } = openRepositories().open('https://dev.azure.com/contoso/platform/_git/gitops');
  const target: Target = { key, repository, branch: 'main' };
  const writer = new BranchWriter(target, {
    commitGroup: async (group) => {
      groups.push(
        group.map(({ update }) => `${update.image.repository}${update.image.tag}${isReplay(update) ? 'r' : ''}`),
      );
      await hold;
      const ended = outcome(groups.length) ?? { kind: 'ignored' };
      return new Map(group.map(({ update: { id } }): [string, Outcome] => [id, ended]));
    },
    sleep: async (ms) => sleep(ms),
    now,
    random: () => 0.5,
    refusal,
  });
  const submit = async (one: TagUpdate, isSuspect = false) => {
    const environment = await findEnvironment(one);
    if (!environment) throw new Failure('route-gone', 'the routes of the test take it');
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

const lost: Outcome = { kind: 'failed', failure: new Failure('branch-moved', 'Another was faster.') };

test('who lost the race for the branch is tried again, together with what came meanwhile', async () => {
  const later: Promise<Outcome>[] = [];
  const waits: number[] = [];
  const { groups, writer, submit, update } = await bench({
    outcome: (group) => (group === 1 ? lost : undefined),
    sleep: (ms) => {
      waits.push(ms);
      if (groups.length === 1) later.push(writer.submit(second.resolved));
    },
  });
  const [first, second] = [await submit(update('a', '2')), await submit(update('b', '2'))];
  expect(await writer.submit(first.resolved)).toEqual({ kind: 'ignored' });
  expect(await Promise.all(later)).toEqual([{ kind: 'ignored' }]);
  expect(groups).toEqual([['a2'], ['a2', 'b2']]);
  expect(waits[1]).toBeGreaterThan(0);
});

test('who keeps losing goes back to its queue before its minute is over', async () => {
  let time = 0;
  const { groups, writer, submit, update } = await bench({ outcome: () => lost, now: () => new Date((time += 5_000)) });
  const { resolved } = await submit(update('a', '2'));
  expect(await writer.submit(resolved)).toBe(lost);
  expect(groups.length).toBeGreaterThan(1);
  expect(time).toBeLessThan(60_000);
});

test('after a race that was lost the wait grows with every loss, whatever the shorter tries were, until one is won', () => {
  const contention = new Contention();
  expect([contention.lost(500, 0.5), contention.lost(20, 0.5), contention.lost(20, 0.5)]).toEqual([500, 1_000, 2_000]);
  expect(contention.lost(20, 0.5)).toBe(2_000);
  expect(contention.lost(60_000, 0.999)).toBeLessThan(10_000);
  contention.won();
  expect(contention.lost(500, 0.5)).toBe(500);
});

test('what waits together goes in groups of a hundred', async () => {
  const { groups, writer, submit, update } = await bench();
  const waiting = await Promise.all(Array.from({ length: 230 }, (_, index) => submit(update(`s${index}`, '2'))));
  await Promise.all(waiting.map(({ resolved }) => writer.submit(resolved)));
  expect(groups.map((group) => group.length)).toEqual([100, 100, 30]);
});

test('a burst gathers while each step brings more, up to a group of a hundred; an update alone does not wait', async () => {
  const arrivals = [5, 5, 0, 7];
  const waits: number[] = [];
  const ended: Promise<Outcome>[] = [];
  const { groups, writer, submit, update } = await bench({
    sleep: (ms) => {
      waits.push(ms);
      for (const { resolved } of ready.splice(0, arrivals.shift() ?? 0)) ended.push(writer.submit(resolved));
    },
  });
  const ready = await Promise.all(Array.from({ length: 160 }, (_, index) => submit(update(`s${index}`, '2'))));
  await writer.submit((await submit(update('a', '2'))).resolved);
  await Promise.all(ended);
  expect(groups.map(({ length }) => length)).toEqual([11]);
  expect(waits).toEqual([10, 40, 40]);

  arrivals.splice(0, Infinity, 0);
  await writer.submit((await submit(update('b', '2'))).resolved);
  arrivals.splice(0, Infinity, 120);
  await writer.submit((await submit(update('c', '2'))).resolved);
  await Promise.all(ended);
  expect(groups.map(({ length }) => length)).toEqual([11, 1, 100, 21]);
  expect(waits).toEqual([10, 40, 40, 10, 10]);
});

test('a burst gathers for 210 ms at most', async () => {
  const waits: number[] = [];
  const { groups, writer, submit, update } = await bench({
    sleep: (ms) => {
      waits.push(ms);
      const next = ready.shift();
      if (next) void writer.submit(next.resolved);
    },
  });
  const ready = await Promise.all(Array.from({ length: 20 }, (_, index) => submit(update(`s${index}`, '2'))));
  await writer.submit((await submit(update('a', '2'))).resolved);
  expect(waits).toEqual([10, 40, 40, 40, 40, 40]);
  expect(groups).toHaveLength(1);
});

test('while a push is in flight later updates gather, and the next push takes them all', async () => {
  const first = gate();
  const { groups, writer, submit, update } = await bench({ hold: first.passed });
  const ended = [writer.submit((await submit(update('a', '2'))).resolved)];
  await eventually(() => expect(groups).toHaveLength(1));
  for (const name of ['b', 'c', 'd']) ended.push(writer.submit((await submit(update(name, '2'))).resolved));
  expect(groups).toEqual([['a2']]);
  first.open();
  await Promise.all(ended);
  expect(groups).toEqual([['a2'], ['b2', 'c2', 'd2']]);
});

test('what has waited 40 s goes back to its queue, and what was redelivered shares one outcome', async () => {
  const first = gate();
  let time = 0;
  const { groups, writer, submit, update } = await bench({ hold: first.passed, now: () => new Date(time) });
  const { resolved } = await submit(update('a', '2'));
  const same = [writer.submit(resolved), writer.submit(resolved)];
  await eventually(() => expect(groups).toHaveLength(1));
  const late = writer.submit((await submit(update('b', '2'))).resolved);
  time += 41_000;
  expect(await late).toMatchObject({ kind: 'failed', failure: { code: 'branch-busy', kind: 'retryable' } });
  first.open();
  expect((await Promise.all(same)).map(({ kind }) => kind)).toEqual(['ignored', 'ignored']);
  expect(groups).toEqual([['a2']]);
});

test('what only waits for a silent Git host goes back to its queue; the group in progress goes on', async () => {
  const first = gate();
  let refused: Failure | undefined;
  const { groups, writer, submit, update } = await bench({ hold: first.passed, refusal: () => refused });
  const inProgress = writer.submit((await submit(update('a', '2'))).resolved);
  await eventually(() => expect(groups).toHaveLength(1));
  const waiting = writer.submit((await submit(update('b', '2'))).resolved);
  refused = new Failure('host-busy', 'the host of the test does not answer', { retryAfterSeconds: 7 });
  expect(await waiting).toMatchObject({ kind: 'failed', failure: { code: 'host-busy', retryAfterSeconds: 7 } });
  refused = undefined;
  first.open();
  expect((await inProgress).kind).toBe('ignored');
  expect(groups).toEqual([['a2']]);
});

/** Holds up whoever waits for it until it is opened. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open: (() => void) | undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open?.() };
}

test('of the updates that waited for a window, a commit takes 20; others are not held up', async () => {
  const { groups, writer, submit, update } = await bench();
  const all = [...Array.from({ length: 45 }, (_, index) => `h${index}`), 'free'];
  await Promise.all(
    all.map(async (image) => {
      const { resolved } = await submit(update(image, '1'));
      const windows = image === 'free' ? [] : [window];
      await writer.submit({ ...resolved, environment: { ...resolved.environment, windows } });
    }),
  );
  expect(groups.map((group) => group.length)).toEqual([21, 20, 5]);
  expect(groups[0]).toContain('free1');
});
