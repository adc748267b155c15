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
    arbitrary: fc.constantFrom('Healthy', 'Degraded').map((health) => (world: World) => world.become(health)),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(index, fc.constantFrom('once', 'once', 'once', 'again', 'never'))
      .map((said) => (world: World) => world.hear(...said)),
  },
  { weight: 4, arbitrary: index.map((which) => (world: World) => world.record(which)) },
  { weight: 2, arbitrary: fc.constant((world: World) => world.work()) },
);

test('whatever happens, every deployment ends, and what is healthy has run healthy', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 8, maxLength: 50 }), async (happenings) => {
      const world = new World();
      for (const happen of happenings) {
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
    { numRuns: 2_000 },
  );
  expect([...seen].toSorted()).toEqual(['degraded', 'failed', 'healthy', 'superseded']);
});
