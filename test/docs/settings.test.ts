import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLoadOptions } from '../../src/lib/routes/load-options.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import { gateProblems } from '../../src/lib/settings/gate-settings.ts';
import { readSettings } from '../../src/lib/settings/settings.ts';
import { hostSettings, settingNames } from './setting-names.ts';

const docs = join(import.meta.dirname, '../../docs');

interface Row {
  readonly names: readonly string[];
  readonly meaning: string;
  readonly example: string;
  readonly unset: string;
}

/** The rows of the tables of docs/settings.md. */
function rows(): Row[] {
  const page = readFileSync(join(docs, 'settings.md'), 'utf8');
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, name = '', meaning = '', example = '', unset = ''] = line.split('|').map((cell) => cell.trim());
      return {
        names: [...name.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text),
        meaning,
        example: example.replace(/^`|`$/g, ''),
        unset,
      };
    });
}

/** The examples as one installation would set them. */
function examples(): Record<string, string> {
  return Object.fromEntries(
    rows()
      .flatMap(({ names, example }) => names.map((name) => [name, example] as const))
      .filter(([name, example]) => example !== '' && !name.includes('<') && name !== 'LOCAL_ENDPOINTS'),
  );
}

describe('docs/settings.md', () => {
  test('has every setting that the code reads, and no other', () => {
    const told = rows().flatMap(({ names }) => names);
    expect(told).toContain('GATE_TOKEN_KEY');
    expect(told).toContain('ROUTES__<label>');
    expect(told.toSorted()).toEqual([...settingNames(), ...hostSettings].toSorted());
  });

  test('tells each once, with its meaning', () => {
    const told = rows().flatMap(({ names }) => names);
    expect(told.length).toBe(new Set(told).size);
    expect(rows().filter(({ meaning }) => meaning.length < 10)).toEqual([]);
  });

  test('has examples that are read without a problem', () => {
    const environment = examples();
    const { settings, problems } = readSettings(environment);
    const bounds = readLoadOptions(environment, settings);
    const loaded = loadRoutes([{ setting: 'ROUTES', text: 'routes: {}' }], bounds.options);
    const others = loaded.problems.filter(({ code }) => code !== 'no-routes');
    expect([...problems, ...bounds.problems, ...others, ...gateProblems(settings.gates)]).toEqual([]);
    expect(settings.gates.signIn?.audiences).toEqual(['https://management.core.windows.net/']);
    expect(settings.gitCredentialHosts).toEqual(['github.com']);
    expect(settings.argoCdInstances.size).toBe(1);
    const local = rows().find(({ names }) => names.includes('LOCAL_ENDPOINTS'))?.example;
    expect(readSettings({ LOCAL_ENDPOINTS: local }).problems).toEqual([]);
  });

  test('has the values that count where nothing is set', () => {
    const { settings } = readSettings({});
    const unset = Object.fromEntries(rows().map(({ names, unset }) => [names[0], unset.replaceAll('`', '')]));
    expect(unset['VERIFY_IMAGE']).toBe(String(settings.verifyImage));
    expect(unset['RECONCILE_SCHEDULE']).toBe(settings.reconcileSchedule);
    expect(unset['GATE_TIMEOUT']).toBe(`${settings.gates.timeoutSeconds / 60}m`);
    expect(unset['GIT_AUTHOR']).toBe(`${settings.gitAuthor.name} <${settings.gitAuthor.email}>`);
  });

  test('marks secrets, and docs/operations.md tells how each of the app is changed', () => {
    const secret = rows()
      .filter(({ meaning }) => meaning.includes('**Secret.**'))
      .flatMap(({ names }) => names);
    const operations = readFileSync(join(docs, 'operations.md'), 'utf8');
    const [, rotation = ''] = /^## Rotating keys$(.*?)^## /ms.exec(operations) ?? [];
    expect(secret).toContain('GIT_CREDENTIALS');
    expect(secret).toContain('ARGOCD_TOKEN');
    const ofTheApp = secret.filter((name) => !/^TAGRELAY_|^AzureWebJobs|</.test(name));
    expect(ofTheApp.filter((name) => !rotation.includes(`\`${name}\``))).toEqual([]);
  });
});
