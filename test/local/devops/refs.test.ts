import { expect, test } from 'vitest';
import { addFile, call, git, gitClient, problemOf, push, startEmulator, zero } from './emulator.ts';

const emulator = await startEmulator();
const first = await push(emulator, zero, [addFile('/a.yaml', 'a: 1\n')]);
const second = await push(emulator, first, [addFile('/b.yaml', 'b: 1\n')]);
const refs = `${emulator.repository}/refs`;

async function namesOf(query: string): Promise<string[]> {
  const { body } = await call(`${refs}${query}`);
  expect(body.count).toBe(body.value.length);
  return body.value.map(({ name }) => name);
}

async function update(
  ...updates: readonly (readonly [name: string, oldObjectId: string, newObjectId: string])[]
): Promise<unknown[]> {
  const sent = updates.map(([name, oldObjectId, newObjectId]) => ({ name, oldObjectId, newObjectId }));
  const { status, body } = await call(refs, sent);
  expect(status).toBe(200);
  return body.value.map(({ success, updateStatus }) => `${updateStatus} ${success}`);
}

test('refs are created, moved and deleted', async () => {
  expect(await update(['refs/heads/x', zero, first])).toEqual(['succeeded true']);
  expect(await update(['refs/heads/x', first, second])).toEqual(['succeeded true']);
  expect(await update(['refs/heads/x', second, first])).toEqual(['succeeded true']);
  expect(await git(emulator.directory, 'rev-parse', 'refs/heads/x')).toBe(first);
  expect(await update(['refs/heads/x', first, zero])).toEqual(['succeeded true']);
  expect(await namesOf('?filter=heads/x')).toEqual([]);
});

test('each update has a result of its own, and failures are answered 200', async () => {
  const tree = await git(emulator.directory, 'rev-parse', `${first}^{tree}`);
  const results = await update(
    ['refs/heads/ok', zero, first],
    ['refs/heads/main', first, first],
    ['refs/heads/main', zero, first],
    ['refs/heads/none', first, second],
    ['refs/heads/none', first, zero],
    ['refs/heads/new', zero, 'f'.repeat(40)],
    ['refs/heads/new', zero, tree],
    ['refs/heads/new', zero, 'short'],
    ['main', zero, first],
    ['refs/heads/a..b', zero, first],
    ['refs/heads/a b', zero, first],
    ['refs/heads/x.lock', zero, first],
    ['refs/heads/../../config', zero, first],
    ['refs/heads/ok/below', zero, first],
    ['refs/heads/main', zero, zero],
  );
  expect(results).toEqual([
    'succeeded true',
    'staleOldObjectId false',
    'staleOldObjectId false',
    'staleOldObjectId false',
    'succeededNonExistentRef true',
    'unresolvableToCommit false',
    'unresolvableToCommit false',
    'unresolvableToCommit false',
    'invalidRefName false',
    'invalidRefName false',
    'invalidRefName false',
    'invalidRefName false',
    'invalidRefName false',
    'refNameConflict false',
    'staleOldObjectId false',
  ]);
  expect(await update(['refs/heads/ok', first, zero])).toEqual(['succeeded true']);
});

test('a body that is not a list of updates is refused', async () => {
  expect(problemOf(await call(refs, {}))).toEqual([400, 'InvalidArgumentValueException']);
  expect(problemOf(await call(refs, 'not json'))).toEqual([400, 'ArgumentNullException']);
});

test('filter is a prefix, filterContains looks anywhere, and nothing found is an empty list', async () => {
  await update(
    ['refs/heads/main2', zero, first],
    ['refs/heads/feature/main', zero, first],
    ['refs/tags/v1', zero, first],
  );
  expect(await namesOf('?filter=heads/main')).toEqual(['refs/heads/main', 'refs/heads/main2']);
  expect(await namesOf('/heads/feature')).toEqual(['refs/heads/feature/main']);
  expect(await namesOf('?filter=heads/&filterContains=MAIN')).toEqual([
    'refs/heads/feature/main',
    'refs/heads/main',
    'refs/heads/main2',
  ]);
  expect(await namesOf('?filter=heads/none')).toEqual([]);
  expect(await namesOf('')).toContain('refs/tags/v1');
});

test('pages are walked by the continuation token, without a ref twice or never', async () => {
  const all = await namesOf('');
  const seen: string[] = [];
  let continuation: string | null = '';
  while (continuation !== null) {
    const answer = await call(`${refs}?$top=2&continuationToken=${continuation}`);
    seen.push(...answer.body.value.map(({ name }) => name));
    continuation = answer.headers.get('x-ms-continuationtoken');
  }
  expect(all.length).toBeGreaterThan(3);
  expect(seen).toEqual(all);
  expect(problemOf(await call(`${refs}?$top=many`))).toEqual([400, 'InvalidArgumentValueException']);
});

test('what other Git programs write is seen at once: loose, packed, annotated', async () => {
  await git(emulator.directory, 'tag', '-a', '-m', 'two', 'v2', second);
  await git(emulator.directory, 'update-ref', 'refs/heads/loose', second);
  await git(emulator.directory, 'pack-refs', '--all');
  await git(emulator.directory, 'update-ref', 'refs/heads/loose', first);
  const api = await gitClient(emulator.organization);
  const [tag] = await api.getRefs('gitops', 'platform', 'tags/v2', false, false, false, false, true);
  expect(tag?.peeledObjectId).toBe(second);
  expect(tag?.objectId).toBe(await git(emulator.directory, 'rev-parse', 'v2'));
  const [loose] = await api.getRefs('gitops', 'platform', 'heads/loose');
  expect(loose?.objectId).toBe(first);
  expect(await update(['refs/heads/main', second, zero], ['refs/heads/main', zero, second])).toEqual([
    'succeeded true',
    'succeeded true',
  ]);
});

test('the list is what Git lists', async () => {
  const expected = await git(emulator.directory, 'for-each-ref', '--format=%(refname)');
  expect(await namesOf('')).toEqual(expected.split('\n'));
});
