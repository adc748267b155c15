import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWaiting } from '../../../src/lib/model/is-open.ts';
import { World } from '../../support/settling-world.ts';

const index = fc.nat({ max: 20 });
const happening: fc.Arbitrary<(world: World) => unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constant((world: World) => world.deploy()) },
  { weight: 1, arbitrary: fc.boolean().map((isRevert) => (world: World) => world.edit(isRevert)) },
  { weight: 4, arbitrary: fc.constant((world: World) => world.refresh()) },
  { weight: 3, arbitrary: fc.constant((world: World) => world.sync()) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('Succeeded', 'Succeeded', 'Failed')
      .map((phase) => (world: World) => world.endSync(phase)),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('Healthy', 'Degraded', 'Degraded')
      .map((health) => (world: World) => world.become(health)),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(index, fc.constantFrom('once', 'once', 'once', 'again', 'never'))
      .map((said) => (world: World) => world.hear(...said)),
  },
  { weight: 4, arbitrary: index.map((which) => (world: World) => world.record(which)) },
  { weight: 2, arbitrary: fc.constant((world: World) => world.work()) },
  // Longer than `failureAfter`.
  { weight: 3, arbitrary: fc.constant((world: World) => void (world.minute += 6)) },
);

const happenings: fc.Arbitrary<readonly ((world: World) => unknown)[]> = fc.array(happening, {
  minLength: 8,
  maxLength: 50,
});

/** Random worlds seldom end with a deployment that was degraded for long and then replaced. */
const lastingDegraded: readonly ((world: World) => unknown)[] = [
  (world) => world.deploy(),
  (world) => world.record(0),
  (world) => world.refresh(),
  (world) => world.sync(),
  (world) => world.endSync('Succeeded'),
  (world) => world.become('Degraded'),
  ...Array.from({ length: 5 }, () => (world: World) => world.hear(0, 'once')),
  (world) => void (world.minute += 6),
  (world) => world.work(),
  (world) => world.deploy(),
];

test('whatever happens, every deployment ends, and what is healthy has run healthy', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(happenings, async (steps) => {
      const world = new World();
      for (const happen of steps) {
        world.minute += 1;
        await happen(world);
      }
      await world.rest();
      const records = [...world.records.values()];
      for (const { state } of records) seen.add(state);
      expect(records.filter(isWaiting)).toEqual([]);
      expect(records.filter(({ state, update }) => state === 'healthy' && !world.ran.has(update.image.tag))).toEqual(
        [],
      );
    }),
    { numRuns: 2_000, examples: [[lastingDegraded]] },
  );
  expect([...seen].toSorted()).toEqual(['degraded', 'failed', 'healthy', 'superseded']);
});
