import { expect, test } from 'vitest';
import { maxFileBytes, maxTokens } from '../../../src/lib/edit/yaml/decode.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { openInTurn } from '../../../src/lib/values/open-in-turn.ts';
import { longestDelay } from '../../support/longest-delay.ts';

function repeated(part: string, tokensOfPart: number): string {
  return part.repeat(Math.floor(Math.min((maxTokens - 10) / tokensOfPart, (maxFileBytes - 10) / part.length)));
}

// The kinds of text that take the longest: each is as large as a file may be.
test.each([
  [
    'values',
    repeated('s:\n  image:\n    repository: contoso.azurecr.io/store/web\n    tag: v1\n', 22).replaceAll(/^s/gm, '- s'),
  ],
  ['JSON', `[${repeated('{"name":"a","on":true},', 12)}{}]`],
  ['lists in lists', repeated('- - - - - - - - - -\n', 21)],
  ['tags that nothing knows', repeated('- !a b\n', 7)],
  ['maps without a key', `[${repeated('{},', 5)}{}]`],
  ['documents', repeated('---\n', 22)],
  ['quotes that follow each other', repeated('"a" ', 3)],
  ['brackets that close nothing', repeated('}', 1)],
  ['a folded text', `a: >\n${repeated(' x\n\n', 2)}`],
])('no file delays other work by more than 250 ms: %s', async (_, text) => {
  const bytes = Buffer.from(text);
  expect(bytes.length).toBeGreaterThan(40_000);
  // The first run compiles the parser too; collections of garbage and other processes delay some runs.
  let shortest = Infinity;
  for (let round = 0; round < 8 && shortest >= 250; round += 1) {
    shortest = Math.min(shortest, await longestDelay(() => openInTurn('a.yaml', bytes)));
  }
  expect(shortest).toBeLessThan(250);
});

test('files are opened one after the other, and a broken one fails alone', async () => {
  const large = Buffer.from(repeated('- a\n', 5));
  const opened = await Promise.all([
    openInTurn('a.yaml', large),
    openInTurn('b.yaml', Buffer.from('a: [')),
    openInTurn('c.yaml', Buffer.alloc(maxFileBytes + 1, '#')),
    openInTurn('d.yaml', Buffer.from('image: { tag: v1 }\n')),
  ]);
  expect(opened.map((file) => (file instanceof Failure ? file.code : file.file))).toEqual([
    'a.yaml',
    'not-yaml',
    'file-too-large',
    'd.yaml',
  ]);
});
