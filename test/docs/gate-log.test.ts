import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { decideGate } from '../../src/lib/gates/decide-gate.ts';
import type { Gate } from '../../src/lib/gates/gate.ts';
import { newLines, openingLines, stamp } from '../../src/lib/gates/gate-lines.ts';
import { codeBlocks } from './markdown.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/pipelines.md'), 'utf8');
const day = '2026-11-20T';
const question: Gate['question'] = {
  environment: 'dev',
  routes: ['shop/api'],
  selector: { kind: 'build', build: 1241 },
  onSuperseded: 'follow',
  requireImage: false,
};

function deployment(state: Deployment['state']): Deployment {
  return {
    update: {
      id: '3fd0a2f84e7c4f7f8a4f9a6a1f2b3c4d',
      route: 'shop/api',
      environment: 'dev',
      image: { registry: 'contoso.azurecr.io', repository: 'shop/api', tag: 'main-1241' },
      pushedAt: `${day}10:00:00.000Z`,
      cause: { kind: 'push' },
    },
    repository: 'https://dev.azure.com/contoso/platform/_git/gitops',
    branch: 'main',
    commit: '8d1c8b69c3fce7bea45c73efd06983e3c419a92f',
    state,
    states: [],
    updatedAt: `${day}10:00:02.000Z`,
  };
}

test('the log of a gate that docs/pipelines.md shows is what the app writes', () => {
  const endsAt = `${day}10:55:03.114Z`;
  const lines = openingLines({ question, endsAt }).map((line) => stamp(line, new Date(`${day}10:00:03.114Z`)));
  let reported: Gate['reported'] = {};
  for (const [state, time] of [
    ['committed', '10:00:04'],
    ['syncing', '10:00:21'],
    ['healthy', '10:01:12'],
  ] as const) {
    const news = newLines(reported, [deployment(state)], new Date(`${day}${time}Z`));
    reported = news.reported;
    lines.push(...news.lines);
  }
  const at = new Date(`${day}10:01:12Z`);
  const gate = { question, openedAt: `${day}10:00:03.114Z`, endsAt };
  const decision = decideGate(gate, [{ deployment: deployment('healthy'), hasApplication: true }], at.getTime());
  expect(decision).toMatchObject({ kind: 'decided', succeeded: true });
  if (decision.kind === 'decided') lines.push(stamp(`Succeeded: ${decision.text}`, at));
  expect(codeBlocks(page).find(({ language }) => language === 'text')?.text).toBe(`${lines.join('\n')}\n`);
});
