import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBicep } from './read-bicep.ts';

const root = join(import.meta.dirname, '../..');

async function parametersOf(name: string): Promise<string[]> {
  const { declarations } = await readBicep(join(root, 'infra', name));
  return declarations.filter(({ kind }) => kind === 'parameter').map((parameter) => parameter.name);
}

/** The names that the table after a sentence explains. */
async function listAfter(sentence: string): Promise<string[]> {
  const page = await readFile(join(root, 'docs/deploy.md'), 'utf8');
  const list =
    page
      .slice(page.indexOf(sentence) + sentence.length)
      .trimStart()
      .split('\n\n')[0] ?? '';
  return list
    .split(/^- /m)
    .map((entry) => entry.split(/: |:\n/)[0] ?? '')
    .flatMap((names) => [...names.replaceAll(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

test.each([
  ['main.bicep', 'in `infra/main.bicepparam`:'],
  ['connections.bicep', 'in `infra/connections.bicepparam`:'],
])('docs/deploy.md explains every parameter of %s, and no other', async (file, sentence) => {
  const parameters = await parametersOf(file);
  expect(parameters.length).toBeGreaterThan(5);
  expect((await listAfter(sentence)).toSorted()).toEqual(parameters.toSorted());
});

test('docs/deploy.md explains every field of a parameter', async () => {
  const page = await readFile(join(root, 'docs/deploy.md'), 'utf8');
  const { text } = await readBicep(join(root, 'infra/types.bicep'));
  const fields = [...text.matchAll(/^ {2}(\w+): /gm)].map(([, name = '']) => name);
  expect(fields.length).toBeGreaterThan(8);
  expect(fields.filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
});

test('parameter files name parameters that there are, and every one that has no default', async () => {
  for (const name of ['main', 'connections']) {
    const { declarations } = await readBicep(join(root, `infra/${name}.bicep`));
    const parameters = declarations.filter(({ kind }) => kind === 'parameter');
    const assigned = (await readBicep(join(root, `infra/${name}.bicepparam`))).declarations.map((one) => one.name);
    expect(assigned.filter((one) => !parameters.some((parameter) => parameter.name === one))).toEqual([]);
    const { text } = await readBicep(join(root, `infra/${name}.bicep`));
    const required = parameters.filter((parameter) => new RegExp(`^param ${parameter.name} [^=\\n]+$`, 'm').test(text));
    expect(required.map((parameter) => parameter.name).filter((one) => !assigned.includes(one))).toEqual([]);
  }
});

test('docs/security.md names every role that is given', async () => {
  const roles = Object.keys(JSON.parse(await readFile(join(root, 'infra/roles.json'), 'utf8')) as object);
  const page = await readFile(join(root, 'docs/security.md'), 'utf8');
  expect(roles.filter((role) => !page.includes(role))).toEqual([]);
});
