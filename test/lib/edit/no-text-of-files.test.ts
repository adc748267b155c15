import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { applyChanges, decode, findChanges, openFile } from '../../../src/lib/edit/edit.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';
import { explainSyntax } from '../../../src/lib/routes/read/yaml-syntax.ts';

const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: '2.0' };
const path = [{ kind: 'key', key: 'image' } as const, { kind: 'key', key: 'tag' } as const];
const common = { file: 'a.yaml', create: false } as const;
const edits: readonly FileEdit[] = [
  { ...common, kind: 'helm', values: { tag: path } },
  { ...common, kind: 'yaml', path, value: '2.0' },
  { ...common, kind: 'kustomize', digest: false },
  { ...common, kind: 'manifest', digest: false },
  { ...common, kind: 'application', digest: false },
];

const secret = 'hunter2';
/** `S`, the secret, in every place that YAML has, and lines that break the text around it. */
const lines = String.raw`password: S
S: x
- S
S
"S
'S
a: "S" x
!S a
a: !!S b
a: &S &b c
a: *S
&S
*S :
%S
a: "\qS"
a: "\xS"
a: | S
a: >9S
# S
{a: S
[S, 
}S
]
? S
: S
@S
a: b: S
---
--- S
...
... S
%YAML S
%TAG ! S
image:
  tag: "1.0"
image: { tag: 1.0
a:
{{ S }}
// S
"S": 1, "S": 2
`
  .split('\n')
  .map((line) => line.replaceAll('S', secret));
const texts = fc
  .array(fc.tuple(fc.constantFrom('', ' ', '  ', '    ', '\t', '- ', '\uFEFF'), fc.constantFrom(...lines)), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.map(([indent, line]) => indent + line).join('\n'));

const unreadable = new Set(['not-yaml', 'duplicate-key', 'too-many-aliases', 'file-not-text']);

/** The failure of a file that does not parse, if it is one. */
function refusal(text: string, edit: FileEdit): Failure | undefined {
  const failure = failureOf(text, edit);
  return failure && unreadable.has(failure.code) ? failure : undefined;
}

function failureOf(text: string, edit: FileEdit): Failure | undefined {
  try {
    const file = openFile('a.yaml', decode('a.yaml', new TextEncoder().encode(text)));
    applyChanges(file, findChanges(file, edit, image));
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error;
  }
}

test('a file that does not parse fails with its place and a reason, and never with a text of it', () => {
  let refused = 0;
  fc.assert(
    fc.property(texts, fc.constantFrom(...edits), (text, edit) => {
      const failure = refusal(text, edit);
      refused += failure ? 1 : 0;
      expect(failure?.place.file ?? 'a.yaml').toBe('a.yaml');
      // With every cause, as a log might print it.
      expect(inspect(failure)).not.toContain(secret);
    }),
    { numRuns: 1_000 },
  );
  expect(refused).toBeGreaterThan(500);
});

test('a file that parses shows no other value than those of the path and the names of images', () => {
  for (const text of [
    `image: ${secret}\n`,
    `image: { tag: { a: ${secret} } }\n`,
    `other: ${secret}\n`,
    `- ${secret}\n`,
  ]) {
    for (const edit of edits) {
      const failure = failureOf(text, edit);
      expect(inspect(failure)).not.toContain(secret);
    }
  }
  expect(failureOf(`image: ${secret}\n`, edits[0] as FileEdit)?.code).toBe('path-through-scalar');
});

test('the problems of routes that do not parse show no text of them', () => {
  let refused = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const errors = parseAllDocuments(text, { logLevel: 'silent' }).flatMap((document) => document.errors);
      const problems = explainSyntax(text, errors, () => ({ line: 1, column: 1 }));
      refused += problems.length > 0 ? 1 : 0;
      expect(JSON.stringify(problems)).not.toContain(secret);
    }),
    { numRuns: 1_000 },
  );
  expect(refused).toBeGreaterThan(300);
});
