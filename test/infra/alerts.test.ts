import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readBicep } from './read-bicep.ts';
import type { BicepFile } from './read-bicep.ts';

const root = join(import.meta.dirname, '../..');
let alerts: BicepFile;
let workbook: string;
let code: string;
beforeAll(async () => {
  alerts = await readBicep(join(root, 'infra/modules/alerts.bicep'));
  workbook = await readFile(join(root, 'infra/workbook.json'), 'utf8');
  const names = (await readdir(join(root, 'src'), { recursive: true })).filter((name) => name.endsWith('.ts'));
  code = (await Promise.all(names.map((name) => readFile(join(root, 'src', name), 'utf8')))).join('\n');
});

/** Events of the log that queries name. */
function eventsIn(text: string): readonly string[] {
  const listed = [...text.matchAll(/event in \(([^)]*)\)/g)].flatMap(([, list = '']) => list.match(/[\w-]+/g) ?? []);
  const single = [...text.matchAll(/(?:startswith|event ==) \\?"([\w-]+)/g)].map(([, name = '']) => name);
  return [...new Set([...listed, ...single])].toSorted();
}

test('there is an alert for what was given up, needs a person, waits or is unhealthy, with the action group', () => {
  const rules = alerts.declarations.filter(({ reference }) => /scheduledQueryRules|metricAlerts/.test(reference));
  expect(rules.map(({ name }) => name)).toEqual([
    'givenUp',
    'needsPerson',
    'everythingWaits',
    'pushesUnknown',
    'unhealthy',
  ]);
  const blocks = alerts.text.split(/^resource /m).filter((block) => /scheduledQueryRules|metricAlerts/.test(block));
  for (const block of blocks) {
    expect(block).toMatch(/= if \(!empty\(actionGroupId\)/);
    expect(block).toMatch(/actions: actions|actionGroupId: actionGroupId/);
    expect(block).toContain('enabled: true');
  }
  expect(alerts.text).toContain("RequestUrl: '${appUrl}/api/health'");
});

test('alerts and workbook name events that the app logs', () => {
  const queries = (JSON.parse(workbook) as { items: { content: { query?: string } }[] }).items.flatMap(
    ({ content }) => content.query ?? [],
  );
  expect(queries.length).toBeGreaterThan(3);
  const named = [...eventsIn(alerts.text), ...eventsIn(queries.join('\n'))];
  expect(named).toEqual(
    expect.arrayContaining(['abandoned', 'rejected', 'push-intent-expired', 'rescheduled', 'committed']),
  );
  // Outcomes are logged by the name of their kind.
  expect(named.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
});

test('docs/operations.md describes the events of each alert', async () => {
  const page = await readFile(join(root, 'docs/operations.md'), 'utf8');
  const [, section = ''] = /## Alerts\n([\s\S]*?)\n## /.exec(page) ?? [];
  expect(eventsIn(alerts.text).filter((name) => !section.includes(name))).toEqual([]);
  expect(section).toContain('/api/health');
});
