import { expect, onTestFinished, test } from 'vitest';
import { makeGetHealth } from '../../../src/app/health.ts';
import type { HealthParts } from '../../../src/app/health.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { viewDeployment } from '../../../src/lib/deployments/deployment-view.ts';
import { standingOf } from '../../../src/lib/effects/standing.ts';
import { newLines } from '../../../src/lib/gates/gate-lines.ts';
import { makeStormStore } from '../../../src/lib/rollback/storm-store.ts';
import { InvalidRows } from '../../../src/lib/storage/invalid-rows.ts';
import { makeQueueService } from '../../../src/lib/storage/queues.ts';
import { cli } from '../../cli/cli.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { commitFiles } from '../../support/platform.ts';
import { deployed, failedAt, recordOf } from '../../support/rollback-scene.ts';

test('record, status, gate log and command line show why nothing was done', async () => {
  const bench = await deployed();
  await bench.report(failedAt(bench.three, 61));
  await commitFiles(bench.bare, { 'apps/service.yaml': 'port: 2\n' }, 'Fix the port');
  await bench.pass(7);
  const record = await recordOf(bench, bench.update3);
  if (!record) throw new Error('it has no record');
  const why = expect.stringMatching(/not rolled back: .*\(Fix the port\) is not by tagrelay/) as string;
  expect(standingOf(record, 'argocd/shop-dev').text).toEqual(why);
  expect(standingOf(record, undefined).text).toEqual(why);
  expect(newLines({}, [record], bench.now()).lines.join('\n')).toEqual(why);
  const view = viewDeployment(record);
  expect(view.recovery).toEqual(why);
  const server = await serveOnLoopback((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(view));
  });
  onTestFinished(() => server.close());
  const { stdout } = await cli(['status', view.id, '--url', server.url, '--key', 'k']);
  expect(stdout).toMatch(/^rollback +not rolled back: .*\(Fix the port\) is not by tagrelay/m);
});

test('[storm] health lists the instances that refuse rollbacks, for ten minutes', async () => {
  const bench = await deployed();
  const storms = makeStormStore(bench.rows);
  const at = new Date();
  for (let count = 0; count < 11; count += 1)
    expect(await storms.reserve('weu', `${count % 10}`.repeat(31) + String(Math.floor(count / 10)), at)).toBe(
      count < 10,
    );
  const AzureWebJobsStorage = bench.connectionString;
  const getHealth = makeGetHealth({
    configuration: { problems: [], hasErrors: false },
    routes: { report: () => Promise.resolve({ state: 'current', problems: [] }) },
    stores: {
      rows: bench.rows,
      index: makeDeploymentIndex(bench.rows),
      queueService: makeQueueService({ AzureWebJobsStorage }),
      invalidRows: new InvalidRows({ rows: bench.rows, log: () => undefined, now: () => at }),
    },
    version: '1',
    machine: { now: () => at },
  } as unknown as HealthParts);
  expect(await getHealth()).toMatchObject({
    status: 'ok',
    rollbacks: [{ instance: 'weu', since: at.toISOString() }],
    starved: [],
  });
  expect(await storms.refusing(new Date(at.getTime() + 11 * 60_000))).toEqual([]);
});
