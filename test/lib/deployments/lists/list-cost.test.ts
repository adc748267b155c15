import { expect, test } from 'vitest';
import type { DeploymentFilter } from '../../../../src/lib/deployments/deployment-index.ts';
import { listedRow, rowsBeside } from '../../../../src/lib/deployments/record-rows.ts';
import type { Deployment } from '../../../../src/lib/model/deployment.ts';
import { hasValues, makeWorld, minuteMs, recordOf, start } from './world.ts';

const count = 24_000;
const routes = 40;

/** Most records have common routes. The route `rare` has 24 of them, the environment `dr` 12, in two routes. */
function recordAt(n: number) {
  const isRare = n % 1_000 === 500;
  const route = isRare ? 'rare' : `r${n % routes}`;
  const environment = isRare && n % 2_000 === 500 ? 'prod' : n % 2_000 === 1_001 ? 'dr' : n % 3 === 0 ? 'test' : 'dev';
  const state = n % 600 === 7 ? 'degraded' : n % 4 === 0 ? 'superseded' : 'healthy';
  return recordOf(n, { route, environment, state, at: start + n * minuteMs });
}

/** The rows of a record after `foldLookups`. */
function foldedRows(record: Deployment) {
  return [...rowsBeside(record, undefined).filter(({ rowKey }) => !rowKey.startsWith('recent|')), listedRow(record)];
}

test('a page reads a few rows for each that it returns, whatever else is stored', async () => {
  const world = makeWorld();
  await world.listRecords();
  const records = Array.from({ length: count }, (_, n) => recordAt(n));
  const recent = 60;
  world.seed(records.slice(0, -recent), foldedRows);
  world.seed(records.slice(-recent));
  world.pass(count * minuteMs);
  const filters: readonly DeploymentFilter[] = [
    {},
    { route: 'rare' },
    { route: 'r7' },
    { environment: 'dr' },
    { route: 'rare', environment: 'prod' },
    { route: 'r1', environment: 'dr' },
    { image: 'contoso.azurecr.io/shop/rare' },
    { image: 'contoso.azurecr.io/shop/rare', environment: 'prod' },
    { route: 'rare', state: 'healthy' },
    { state: 'degraded' },
    { state: 'degraded', route: 'r7' },
    { tag: '4711' },
    { tag: '4711', route: 'r31' },
    { route: 'none' },
    { environment: 'dev' },
  ];
  for (const filter of filters) {
    const { found, cost } = await world.listAll(filter, { pages: 3 });
    const expected = records
      .filter((one) => hasValues(one, filter))
      .toReversed()
      .slice(0, 150);
    const name = JSON.stringify(filter);
    expect(
      found.map(({ update }) => update.id),
      name,
    ).toEqual(expected.map(({ update }) => update.id));
    // Lists by state have a range for each state.
    expect(cost.rowsPassed, name).toBeLessThanOrEqual(11 * (cost.size + 1) + recent + 30);
    expect(cost.requests, name).toBeLessThanOrEqual(20 + cost.size / 10);
  }
});
