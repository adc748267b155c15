import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cli } from '../cli/cli.ts';
import { codeBlocks } from './markdown.ts';
import { shellCommands } from './shell.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/moving.md'), 'utf8');
const directory = mkdtempSync(join(tmpdir(), 'tagrelay-moving-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Move {
  readonly title: string;
  /** By path: blocks that begin with their path in a comment. */
  readonly files: Readonly<Record<string, string>>;
  readonly routes: string;
  readonly plan: readonly string[];
}

/** Each command `plan` of the sections, with the routes before it and the files of its section so far. */
function moves(): Move[] {
  return page
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const files: Record<string, string> = {};
      const found: Move[] = [];
      let routes = '';
      for (const { language, text } of codeBlocks(section)) {
        const [, path] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
        if (path !== undefined) files[path] = text;
        else if (/^routes:/m.test(text)) routes = text;
        if (language !== 'bash') continue;
        for (const { words } of shellCommands(text)) {
          const title = section.split('\n', 1)[0] ?? '';
          if (words[2] === 'plan') found.push({ title, files: { ...files }, routes, plan: words.slice(2) });
        }
      }
      return found;
    });
}

test('every way over has a plan', () => {
  expect(moves().map(({ title }) => title)).toEqual([
    'From the `sed` step',
    'From Argo CD Image Updater',
    'From Argo CD Image Updater',
    'From Flux image automation',
  ]);
});

test.each(moves())(
  '$title: the plan changes the tag in the file that the old way wrote, and no other line',
  async ({ files, routes, plan }) => {
    const cwd = mkdtempSync(join(directory, 'move-'));
    for (const [path, text] of Object.entries({ 'routes.yaml': routes, ...prefixed(files) })) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    const { code, stdout, stderr } = await cli(plan, { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('error') });
    const [, tag = ''] = /:([^:]+)$/.exec(plan.at(-1) ?? '') ?? [];
    const changed = stdout.split('\n').filter((line) => /^[+-](?![+-])/.test(line));
    expect(changed).toEqual([expect.stringMatching(/^-/), expect.stringContaining(tag)]);
    expect(stdout).toContain('delivery observe');
  },
);

function prefixed(files: Move['files']): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`gitops/${path}`, text]));
}
