import { expect, test } from 'vitest';
import { openFile } from '../../../src/lib/edit/edit.ts';
import { Failure } from '../../../src/lib/model/failure.ts';

function failureOf(file: string, text: string): Failure | undefined {
  try {
    openFile(file, text);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return undefined;
}

test.each([
  ['dev.bicepparam', "using './main.bicep'\n\nparam tag = 'v1'\n"],
  ['.env', '# image\nTAG=v1\nNAME=hunter2\n'],
  ['dev.tfvars', 'tag  = "v1"\nname = "hunter2"\n'],
  ['app.properties', 'image.tag=v1\n'],
  ['TAG', 'v1\n'],
  ['link.yaml', '../base/values.yaml'],
])('%s is not YAML or JSON', (file, text) => {
  const failure = failureOf(file, text);
  expect(failure).toMatchObject({ code: 'not-yaml', place: { file } });
  expect(failure?.message).toContain(`${file} is not YAML or JSON, and only these are edited`);
  expect(failure?.message).not.toContain('hunter2');
});

test('a pointer of Git LFS is named', () => {
  const text = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 20\n`;
  expect(failureOf('values.yaml', text)?.message).toContain('kept by Git LFS');
});

test.each(['{\n  // dev\n  "image": "a"\n}', '{ "a": { /* dev */ "image": "a" } }', '\uFEFF{ // dev\n"image": "a" }'])(
  'comments in JSON are named: %s',
  (text) => {
    expect(failureOf('settings.json', text)?.message).toContain('comments of JavaScript');
  },
);

test.each([
  '',
  '# only a comment\n',
  '---\n',
  'null\n',
  '{ "http://a": 1 }',
  '{ "// note": 1 }',
  '- a\n',
  '--- text\n---\na: b\n',
])('is YAML: %j', (text) => {
  expect(failureOf('a.yaml', text)).toBeUndefined();
});
