import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configMapData, hostPlaceholder } from '../../../src/lib/argocd/notifications/config-map.ts';
import { notificationFiles } from '../../../src/lib/argocd/notifications/files.ts';

const folder = join(import.meta.dirname, '../../../infra/argocd');

interface Values {
  readonly notifications: Readonly<Record<string, unknown>>;
}

test.each(Object.keys(notificationFiles()))('%s is what the generator writes', async (name) => {
  expect(await readFile(join(folder, name), 'utf8')).toBe(notificationFiles()[name]);
});

test('the ConfigMap, the values of the chart and the settings of the extension hold the same', async () => {
  const configMap = parse(await readFile(join(folder, 'notifications-cm.yaml'), 'utf8')) as { data: object };
  const values = parse(await readFile(join(folder, 'helm-values.yaml'), 'utf8')) as Values;
  const settings = JSON.parse(await readFile(join(folder, 'extension-settings.json'), 'utf8')) as Record<
    string,
    string
  >;
  expect(parsed(configMap.data)).toEqual(parsed(configMapData(hostPlaceholder)));
  expect(parsed(chartConfigMap(values))).toEqual(parsed(configMap.data));
  expect(parsed(chartConfigMap(valuesOf(settings)))).toEqual(parsed(configMap.data));
});

test('nothing but the host and the secrets is left to fill in', async () => {
  const text = await readFile(join(folder, 'notifications-cm.yaml'), 'utf8');
  expect(text.match(/\$tagrelay-[a-z]+|TAGRELAY_[A-Z]+/g)).toEqual([
    'TAGRELAY_HOST',
    '$tagrelay-key',
    '$tagrelay-secret',
  ]);
});

test('there are no YAML aliases, which some tools lose', () => {
  for (const text of Object.values(configMapData('app.example'))) expect(text).not.toMatch(/[:-] [&*]\w/);
});

test('the merge patch touches no entry that others share, but the subscriptions', () => {
  expect(Object.keys(configMapData('app.example'))).toEqual([
    'service.webhook.tagrelay',
    'template.tagrelay',
    'trigger.tagrelay',
    'subscriptions',
  ]);
});

/** What the chart makes of its values: each entry becomes one of the ConfigMap, the subscriptions become text. */
function chartConfigMap({ notifications }: Values): Readonly<Record<string, string>> {
  const { notifiers, templates, triggers, subscriptions } = notifications;
  return {
    ...(notifiers as Record<string, string>),
    ...(templates as Record<string, string>),
    ...(triggers as Record<string, string>),
    subscriptions: JSON.stringify(subscriptions),
  };
}

/** Reads `a.b\.c[0]=text` as Helm's `--set-string` does. */
function valuesOf(settings: Readonly<Record<string, string>>): Values {
  const values = {};
  for (const [path, text] of Object.entries(settings)) {
    const steps = path.split(/(?<!\\)\.|(?=\[\d+\])/).map((step) => step.replaceAll('\\.', '.'));
    let place: Record<string, unknown> = values;
    steps.forEach((step, index) => {
      const next = steps[index + 1];
      const key = step.replace(/^\[(\d+)\]$/, '$1');
      if (next === undefined) place[key] = text;
      else place = (place[key] ??= next.startsWith('[') ? [] : {}) as Record<string, unknown>;
    });
  }
  return values as Values;
}

/** As Argo CD reads it: every entry is YAML. */
function parsed(data: object): object {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, parse(String(text)) as unknown]));
}
