import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { seededRandom } from '../../local/devops/faults/seeded-random.ts';
import { startStorage } from '../../local/storage/storage.ts';
import type { Commit, GitOpsRepository } from '../../src/lib/git/repository.ts';
import { Failure } from '../../src/lib/model/failure.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import type { TableRows } from '../../src/lib/storage/table-rows.ts';
import { list } from '../lib/git/contract/contract-host.ts';
import { startGitHost } from '../lib/git/git-host.ts';
import { addCommit } from '../support/bare-repository.ts';
import { MemoryGit } from '../support/memory/memory-git.ts';
import { makeMemoryRepository } from '../support/memory/memory-repository.ts';
import { MemoryTable } from '../support/memory/memory-table.ts';

/*
 * The parts that a simulation has in memory answer as the real ones do: the same random calls go to both.
 */
const files = ['apps/api/dev.yaml', 'apps/api/prod.yaml', 'README.md'];

test('a repository in memory answers as one of a Git host', async () => {
  const random = seededRandom(3);
  const oneOf = <T>(all: readonly [T, ...T[]]): T => all[Math.floor(random() * all.length)] ?? all[0];
  const host = await startGitHost();
  onTestFinished(() => host.close());
  const { directory, open } = await host.create();
  const real = open();
  const git = new MemoryGit();
  const memory = makeMemoryRepository(git);
  const ids: [string, ...string[]] = [''];
  const realOf = new Map<string, string>();
  const same = async <T>(
    ask: (repository: GitOpsRepository, of: (id: string) => string) => Promise<T>,
  ): Promise<void> => {
    const outcome = async (answer: Promise<T>): Promise<unknown> => {
      try {
        return named(await answer);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return error.code;
      }
    };
    const memoryIds = new Map([...realOf].map(([id, realId]) => [realId, id]));
    const named = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{40}/g, (id) => memoryIds.get(id) ?? id));
    const [ofReal, ofMemory] = [ask(real, (id) => realOf.get(id) ?? id), ask(memory, (id) => id)];
    expect(await outcome(ofMemory)).toEqual(await outcome(ofReal));
  };

  for (let number = 0; number < 14; number += 1) {
    const content = `${oneOf([1, 2, 3])}\n`;
    const path = number < files.length ? (files[number] ?? '') : oneOf(['apps/api/dev.yaml', ...files]);
    const branch = number < 4 ? 'main' : oneOf(['main', 'main', 'side']);
    const isMerge = number > 6 && random() < 0.3;
    const tip = git.branches.get(branch) ?? git.branches.get('main');
    const other = branch === 'main' ? git.branches.get('side') : git.branches.get('main');
    const parents = [tip, isMerge ? other : undefined].flatMap((id) => id ?? []);
    const base = tip === undefined ? new Map<string, Uint8Array>() : git.commit(tip).tree;
    const message = `change ${number}\n\nImage-Update: id=${number}`;
    const tree = new Map([...base, [path, new TextEncoder().encode(content)] as const]);
    const made = git.add({ parents, tree, message, author: 'Ada' });
    git.branches.set(branch, made.id);
    const options = { branch, message, parents: parents.map((id) => realOf.get(id) ?? ''), files: { [path]: content } };
    realOf.set(made.id, await addCommit(directory, options));
    ids.push(made.id);
  }
  ids.shift();

  for (const branch of [undefined, 'main', 'side', 'none']) await same((one) => one.tip(branch));
  for (let round = 0; round < 20; round += 1) {
    const [a, b, path] = [oneOf(ids), oneOf(ids), oneOf(['apps', '', 'apps/api/dev.yaml', 'README.md'])];
    const limit = oneOf([1, 3, 20]);
    await same((one, of) => one.isAncestor(of(a), of(b)));
    await same((one, of) => one.isOutside(of(a), of(b)));
    await same((one, of) => list(one.history(of(a), path, limit)).then(withoutTimes));
    await same(async (one, of) => {
      const { commits, complete } = await one.above(of(a), of(b), limit);
      return { commits: withoutTimes(commits), complete };
    });
    const folder = oneOf(['', 'apps', 'apps/api', 'none']);
    await same(async (one, of) => [...(await one.list(of(a), folder))].toSorted());
    await same(async (one, of) => textsOf(await one.read(of(a), [...files, 'none'])));
  }
  const [first] = ids;
  await same(push('main', git.branches.get('main') ?? '', 'README.md'));
  await same(push('main', first, 'README.md'));
  await same(push('none', first, 'README.md'));
  await same(push('side', git.branches.get('side') ?? '', 'none.md'));
});

function push(branch: string, base: string, path: string) {
  return async (one: GitOpsRepository, of: (id: string) => string): Promise<readonly string[]> => {
    const content = new TextEncoder().encode(`${base}\n`);
    await one.push({ branch, base: of(base), message: 'deploy', files: [{ path, content }] });
    const tip = await one.tip(branch);
    return textsOf(await one.read(tip.commit, [path]));
  };
}

function withoutTimes(commits: readonly Commit[]): readonly object[] {
  return commits.map(({ commit, message, parents }) => ({ commit, message: message.trimEnd(), parents }));
}

function textsOf(read: ReadonlyMap<string, Uint8Array>): readonly string[] {
  return [...read].map(([path, bytes]) => `${path}: ${new TextDecoder().decode(bytes)}`).toSorted();
}

test('a table in memory answers as Table Storage', async () => {
  const random = seededRandom(5);
  const oneOf = <T>(all: readonly [T, ...T[]]): T => all[Math.floor(random() * all.length)] ?? all[0];
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const memory = new MemoryTable();
  const real = [0, 1].map(() => makeTableRows({ AzureWebJobsStorage: storage.connectionString }));
  const inMemory = [0, 1].map(() => makeTableRows(() => Promise.resolve(memory.client())));
  const schema = z.object({ number: z.number() });
  const keys = ["a'b", 'a|1', 'a|2', 'b'] as const;
  for (let number = 0; number < 80; number += 1) {
    const [client, partition, key, before] = [oneOf([0, 1]), oneOf(['p', 'p2', 'q']), oneOf(keys), oneOf(keys)];
    const isCleared = random() < 0.3;
    const beside =
      random() < 0.5 ? [{ rowKey: 'beside', value: { number }, columns: { odd: number % 2 } }] : [{ rowKey: 'beside' }];
    const calls: Record<string, (rows: TableRows) => Promise<unknown>> = {
      read: (rows) => rows.read(partition, key, schema),
      list: (rows) => rows.list(partition, schema),
      listBelow: (rows) => rows.listBelow('p', schema),
      page: async (rows) => keysOf(await rows.page(partition, schema, { prefix: 'a|', limit: 2 })),
      pageBetween: async (rows) => keysOf(await rows.page(partition, schema, { after: key, before, limit: 9 })),
      pageWhere: async (rows) => keysOf(await rows.page(partition, schema, { where: { odd: 1 }, limit: 9 })),
      put: (rows) => rows.put(partition, key, { number }),
      remove: (rows) => rows.remove(partition, key),
      change: (rows) => rows.change(partition, key, schema, (now) => (isCleared ? now && 'cleared' : { number })),
      together: (rows) => rows.change(partition, key, schema, () => ({ number }), { beside: () => beside }),
    };
    const [name, call] = oneOf(Object.entries(calls) as [[string, (rows: TableRows) => Promise<unknown>]]);
    const answers = await Promise.all([real, inMemory].flatMap((all) => all.slice(client, client + 1)).map(call));
    expect(answers[1], `${number}: ${name}`).toEqual(answers[0]);
  }
});

function keysOf(rows: readonly { readonly rowKey: string; readonly value: object }[]): readonly object[] {
  return rows.map(({ rowKey, value }) => ({ rowKey, value }));
}
