import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { routeDocuments } from '../../src/lib/routes/read/documents.ts';
import { readLoadOptions } from '../../src/lib/routes/load-options.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import { readSettings } from '../../src/lib/settings/settings.ts';
import { hostSettings } from '../docs/setting-names.ts';
import { readBicep } from './read-bicep.ts';

const root = join(import.meta.dirname, '../..');

async function deployedSettings(): Promise<string[]> {
  const { text } = await readBicep(join(root, 'infra/modules/function-app.bicep'));
  const block = /^var allSettings = union\(([\s\S]*?)^\)/m.exec(text)?.[1] ?? '';
  return [...block.matchAll(/(?:^ {4}|\{ )(\w+):/gm)].map(([, name]) => name ?? '');
}

/** The code of the app, which names every setting that it reads as a string or a pattern. */
async function sources(): Promise<string> {
  const names = await readdir(join(root, 'src'), { recursive: true });
  const texts = names.filter((name) => name.endsWith('.ts')).map((name) => readFile(join(root, 'src', name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

describe('the settings that Bicep makes', () => {
  test('are read by the app, or by the Functions host', async () => {
    const deployed = await deployedSettings();
    const code = await sources();
    expect(deployed).toContain('ROUTES');
    const unread = deployed.filter((name) => !new RegExp(`['^]${name}['_(]`).test(code));
    expect(unread.toSorted()).toEqual([...hostSettings].toSorted());
  });

  test('are in docs/settings.md', async () => {
    const page = await readFile(join(root, 'docs/settings.md'), 'utf8');
    const deployed = await deployedSettings();
    expect(deployed.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test('sign in without a secret', async () => {
    expect(await deployedSettings()).not.toContain('AzureWebJobsStorage');
    expect(await deployedSettings()).toContain('AzureWebJobsStorage__accountName');
  });
});

test('the routes that are deployed first load without a problem, within their bounds', async () => {
  const [ROUTES, ALLOW, ROUTES_FROM] = await Promise.all(
    ['routes', 'allow', 'routes-from'].map((name) => readFile(join(root, `infra/${name}.yaml`), 'utf8')),
  );
  const environment = { ROUTES, ALLOW, ROUTES_FROM };
  const { settings, problems } = readSettings(environment);
  const documents = routeDocuments(environment, () => '');
  const bounds = readLoadOptions(environment, settings);
  const loaded = loadRoutes(documents.documents, bounds.options);
  expect([...problems, ...documents.problems, ...bounds.problems, ...loaded.problems]).toEqual([]);
  expect(loaded.table).toBeDefined();
});

test('the example of routes-from.yaml is valid', async () => {
  const text = await readFile(join(root, 'infra/routes-from.yaml'), 'utf8');
  expect(readSettings({ ROUTES_FROM: text }).settings.routesFrom).toEqual([]);
  const example = text.split('\n').slice(1).join('\n').replaceAll(/^# /gm, '');
  const { settings, problems } = readSettings({ ROUTES_FROM: example });
  expect({ count: settings.routesFrom?.length, problems }).toEqual({ count: 1, problems: [] });
});
