import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import type { Problem } from '../../../src/lib/routes/route.ts';

const cases = join(import.meta.dirname, 'cases');

/** `error same-scalar ROUTES:3:5 a/dev routes.a.update[0]`: everything of a problem but its words. */
function line({
  severity,
  code,
  setting,
  line = 0,
  column = 0,
  route = '-',
  environment = '-',
  field = '-',
}: Problem): string {
  return `${severity} ${code} ${setting}:${line}:${column} ${route}/${environment} ${field}`;
}

describe.each(readdirSync(cases))('%s', (name) => {
  const folder = join(cases, name);
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => ({ setting: basename(file, '.yaml'), text: readFileSync(join(folder, file), 'utf8') }));
  const allow = texts.find(({ setting }) => setting === 'ALLOW') ?? {
    setting: 'ALLOW',
    text: "[{ images: ['**'], repositories: ['**'], paths: ['**'] }]",
  };
  const { table, problems } = loadRoutes(
    texts.filter(({ setting }) => setting !== 'ALLOW'),
    { azureDevOpsCollections: [], registries: [], allow },
  );

  test('has the expected problems at the expected places', async () => {
    // As a terminal shows it: UTF-8 has no lone surrogates.
    const shown = Buffer.from(problems.map((problem) => `${line(problem)}\n`).join('')).toString('utf8');
    await expect(shown).toMatchFileSnapshot(join(folder, 'problems.txt'));
  });

  test('has a table if and only if no problem is an error', () => {
    expect(table !== undefined).toBe(problems.every(({ severity }) => severity === 'warning'));
  });

  test('has no secret in any message', () => {
    expect(problems.filter(({ message }) => message.includes('hunter2'))).toEqual([]);
  });
});
