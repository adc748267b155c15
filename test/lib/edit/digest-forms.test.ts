import { expect, test } from 'vitest';
import { applyChanges, findChanges, openFile } from '../../../src/lib/edit/edit.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { parsePath } from '../../../src/lib/model/value-path.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';

const [old, digest] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
const image = { registry: 'contoso.azurecr.io', repository: 'store/web', tag: 'v2', digest: digest ?? '' };
const base = { file: 'a.yaml', create: false };
const name = 'contoso.azurecr.io/store/web';
const path = parsePath;

type Edit = FileEdit extends infer One ? (One extends FileEdit ? Omit<One, 'file' | 'create'> : never) : never;

// The update that leaves the digest behind, the form that its message names, and that form.
const forms: readonly (readonly [string, Edit, string, Edit])[] = [
  [
    `image: { tag: v1, digest: '${old}' }`,
    { kind: 'helm', values: { tag: path('image.tag') } },
    'Set `digest` in the update to its path',
    { kind: 'helm', values: { tag: path('image.tag'), digest: path('image.digest') } },
  ],
  [
    `image: { tag: 'v1@${old}' }`,
    { kind: 'helm', values: { tag: path('image.tag') } },
    "Use `yaml: { path, value: '{tag}@{digest}' }` for this place",
    { kind: 'yaml', path: path('image.tag'), value: '{tag}@{digest}' },
  ],
  [
    `image: ${name}:v1@${old}`,
    { kind: 'helm', values: { image: path('image'), digest: false } },
    'Set `digest: true` in the update',
    { kind: 'helm', values: { image: path('image'), digest: true } },
  ],
  [
    `image: ${name}:v1@${old}`,
    { kind: 'yaml', path: path('image'), value: '{repository}:{tag}' },
    'Write `{digest}` in `value` of the update',
    { kind: 'yaml', path: path('image'), value: '{repository}:{tag}@{digest}' },
  ],
  [
    `image: { tag: v1, digest: '${old}' }`,
    { kind: 'yaml', path: path('image.tag'), value: '{tag}' },
    'Use `helm: { tag, digest }` for both places',
    { kind: 'helm', values: { tag: path('image.tag'), digest: path('image.digest') } },
  ],
  [
    `images: [{ name: ${name}, newTag: v1, digest: '${old}' }]`,
    { kind: 'kustomize', digest: false },
    'Set `digest: true` in the update',
    { kind: 'kustomize', digest: true },
  ],
  [
    `kind: Application\nspec: { source: { helm: { parameters: [{ name: i.tag, value: v1 }, { name: i.digest, value: '${old}' }] } } }`,
    { kind: 'application', digest: false, parameters: { tag: 'i.tag' } },
    'Set `digest` in `parameters` to its name',
    { kind: 'application', digest: true, parameters: { tag: 'i.tag', digest: 'i.digest' } },
  ],
];

test.each(forms)('the message names a form that works: %s', (text, without, form, edit) => {
  const file = openFile('a.yaml', text);
  let failure: unknown;
  try {
    findChanges(file, { ...base, ...without }, image);
  } catch (error) {
    failure = error;
  }
  expect(failure).toMatchObject({ code: 'digest-left-behind', message: expect.stringContaining(form) });
  expect(failure).toBeInstanceOf(Failure);
  const after = applyChanges(file, findChanges(file, { ...base, ...edit }, image));
  expect(after).toBe(text.replace('v1', 'v2').replace(old ?? '', image.digest));
});
