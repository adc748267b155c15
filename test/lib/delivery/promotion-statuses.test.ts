import { describe, expect, test } from 'vitest';
import { promotionStatuses } from '../../../src/lib/delivery/propose/statuses-of-promotion.ts';
import type { Judge, JudgeSources, SourceVerdict } from '../../../src/lib/promotion/judge.ts';
import type { Verdict } from '../../../src/lib/promotion/verdict.ts';
import { azureBench, hosts } from '../../support/pull-requests/bench.ts';

const since = '2026-11-20T10:00:00.000Z';
const promoted: Verdict = { kind: 'promoted', isAtSources: true, sources: [{ environment: 'weu', since }] };
const sick: Verdict = { kind: 'waits', reason: 'weu is degraded', until: Date.parse('2126-01-01T00:00:00Z') };
const takenBack: Verdict = { kind: 'refused', code: 'taken-back', reason: 'weu no longer holds 2' };
const hold = {
  heldBy: 'window' as const,
  reason: 'held: holidays; opens 2030-01-02',
  until: '2030-01-01T13:00:00Z',
  opensAt: '2030-01-02',
};

const shown = (verdicts: readonly SourceVerdict[], held?: Parameters<typeof promotionStatuses>[0]['hold']) =>
  promotionStatuses({ tag: '2', sources: verdicts, hold: held }, ['promotion/gone', 'window']).map(
    ({ context, state, description }) => `${context.genre}/${context.name} ${state}: ${description}`,
  );

describe('the statuses of a promotion', () => {
  test.each([
    [promoted, 'succeeded: 2 is healthy in weu since 2026-11-20 10:00 UTC'],
    [sick, 'pending: weu is degraded'],
    [takenBack, 'failed: weu no longer holds 2'],
  ])('of a source whose verdict is %o', (verdict, text) => {
    expect(shown([{ environment: 'weu', verdict }])).toEqual([
      `tagrelay/promotion/weu ${text}`,
      'tagrelay/window succeeded: open',
      'tagrelay/promotion/gone notApplicable: no source any more',
    ]);
  });

  test.each([
    ['with a next opening it waits', hold, `pending: ${hold.reason}`],
    [
      'one that never opens fails',
      { heldBy: 'window' as const, reason: 'held: closed', until: hold.until },
      'failed: held: closed',
    ],
  ])('of a closed window: %s', (_name, held, text) => {
    expect(shown([], held)[0]).toBe(`tagrelay/window ${text}`);
  });

  test('a text of any length and a name of any length are accepted by every host', () => {
    const verdict: Verdict = { kind: 'refused', code: 'taken-back', reason: 'x'.repeat(1_000) };
    const [status] = promotionStatuses(
      { tag: '2', sources: [{ environment: 'e'.repeat(400), verdict }], hold: undefined },
      [],
    );
    expect(status?.description.length).toBe(140);
    expect(status?.context.name.length).toBe(240);
  });
});

const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const ofHealthy = (name: string, tag = '2') =>
  `tagrelay/promotion/${name} succeeded: ${tag} is healthy in ${name} since 2026-11-20 10:00 UTC`;

/** An open pull request of a promotion from `weu` and `neu`. */
async function bench<World extends Awaited<ReturnType<(typeof hosts)[number][1]>>>(open: () => Promise<World>) {
  const world = await open();
  const updateOf = (tag: string) => {
    const update = world.updates('promoted', tag).find(({ environment }) => environment === 'next');
    if (!update) throw new Error('the route has no environment `next`');
    return update;
  };
  const judge: Judge = (group) => Promise.resolve(new Map(group.map(({ update }) => [update.id, promoted])));
  expect(await world.worker({ judge })(updateOf('2'))).toMatchObject({ kind: 'pull-request', number: 1 });
  const verdicts: Record<string, Verdict> = { weu: promoted, neu: promoted };
  let asked = 0;
  const judgeSources: JudgeSources = (group) => {
    asked += 1;
    const sources = Object.entries(verdicts).map(([environment, verdict]) => ({ environment, verdict }));
    return Promise.resolve(new Map(group.map(({ update }) => [update.id, sources])));
  };
  const look = (now = new Date()) => world.poll({ judge, judgeSources, now: () => now });
  return { ...world, updateOf, judge, verdicts, look, asked: () => asked };
}

describe.each(hosts)('on %s a promotion carries a status for each source and one for the window', (_host, openHost) => {
  test('each is posted once per change', async () => {
    const { look, statuses, verdicts, asked } = await bench(openHost);
    expect(await look()).toEqual(['reported', 'reported', 'reported']);
    const first = [ofHealthy('weu'), ofHealthy('neu'), 'tagrelay/window succeeded: open'];
    expect(await statuses(1)).toEqual(first);
    expect(await look()).toEqual([]);
    expect(asked()).toBe(1);
    verdicts.weu = { kind: 'waits', reason: 'weu is degraded', until: later(10).getTime() };
    expect(await look(later(31))).toEqual(['reported']);
    expect(await statuses(1)).toEqual([...first, 'tagrelay/promotion/weu pending: weu is degraded']);
    verdicts.weu = promoted;
    expect(await look(later(42))).toEqual(['reported']);
    expect((await statuses(1)).at(-1)).toBe(ofHealthy('weu'));
  });

  test('a window that closes is shown at once, with its next opening', async () => {
    const { look, statuses, asked } = await bench(openHost);
    await look();
    await look(new Date('2029-12-31T23:59:30Z'));
    expect(asked()).toBe(2);
    expect((await statuses(1)).at(-1)).toMatch(
      /^tagrelay\/window pending: held: .*holidays.*opens 2030-01-02T00:00:00/,
    );
    await look(new Date('2029-12-31T23:59:50Z'));
    expect(asked()).toBe(2);
    await look(new Date('2030-01-02T00:00:10Z'));
    expect((await statuses(1)).at(-1)).toBe('tagrelay/window succeeded: open');
  });

  test('a new head gets them all again', async () => {
    const { look, statuses, worker, updateOf, judge } = await bench(openHost);
    await look();
    expect(await worker({ judge })(updateOf('3'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await look()).toEqual(['reported', 'reported', 'reported']);
    expect((await statuses(1)).slice(-3)).toEqual([
      ofHealthy('weu', '3'),
      ofHealthy('neu', '3'),
      'tagrelay/window succeeded: open',
    ]);
  });
});

test('a status that the Git host refuses is logged once, and holds up no other', async () => {
  const { devops, look, statuses } = await bench(azureBench);
  devops.faults.add({
    match: { method: 'POST', resource: 'statuses' },
    times: 1,
    action: { kind: 'permission-denied' },
  });
  expect(await look()).toEqual(['not-reported', 'reported', 'reported']);
  expect(await look()).toEqual([]);
  expect(await statuses(1)).toHaveLength(2);
});

test('one that the Git host does not answer is posted by the next look', async () => {
  const { devops, look, statuses } = await bench(azureBench);
  devops.faults.add({
    match: { method: 'POST', resource: 'statuses' },
    times: 1,
    action: { kind: 'unavailable' },
  });
  expect(await look()).toEqual(['pull-request-not-followed']);
  expect(await look()).toEqual(['reported', 'reported', 'reported']);
  expect(await statuses(1)).toHaveLength(3);
});
