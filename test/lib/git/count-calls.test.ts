import { expect, test } from 'vitest';
import { countCalls } from '../../../src/lib/git/count-calls.ts';
import type { PullRequests } from '../../../src/lib/git/pull-requests.ts';
import { MemoryGit } from '../../support/memory/memory-git.ts';
import { makeMemoryRepository } from '../../support/memory/memory-repository.ts';

test('a repository is one object for all who open it, so the sources of a promotion are read at the tip of its plan', async () => {
  const hosts: string[] = [];
  const git = new MemoryGit();
  const { id } = git.commitOn('main', { 'a.yaml': '1' }, 'first');
  const repository = makeMemoryRepository(git);
  const repositories = countCalls(
    { open: () => ({ key: 'gitops', repository }) },
    {
      call: (host, request) => {
        hosts.push(host);
        return request();
      },
    },
  );
  const [first, again] = [
    repositories.open('https://git.contoso.com/gitops'),
    repositories.open('https://git.contoso.com/gitops'),
  ];
  expect(again.repository).toBe(first.repository);
  expect(await again.repository.tip('main')).toEqual({ branch: 'main', commit: id });
  expect(hosts).toEqual(['git.contoso.com']);
});

test('a call that is refused is not made, so none fails unheard', async () => {
  let calls = 0;
  const repository = {
    ...makeMemoryRepository(new MemoryGit()),
    tip() {
      calls += 1;
      return Promise.reject(new Error('nobody hears this'));
    },
  };
  const { repository: counted } = countCalls(
    { open: () => ({ key: 'gitops', repository }) },
    { call: () => Promise.reject(new Error('busy')) },
  ).open('https://git.contoso.com/gitops');
  await expect(counted.tip('main')).rejects.toThrow('busy');
  expect(calls).toBe(0);
});

test('a push may take longer than other calls', async () => {
  const limits: (number | undefined)[] = [];
  const git = new MemoryGit();
  const { id } = git.commitOn('main', { 'a.yaml': '1' }, 'first');
  const pullRequests = { pushSource: () => Promise.resolve({ commit: id }) } as unknown as PullRequests;
  const { repository, pullRequests: proposals } = countCalls(
    { open: () => ({ key: 'gitops', repository: makeMemoryRepository(git), pullRequests }) },
    {
      call: (_host, request, limitMs) => {
        limits.push(limitMs);
        return request();
      },
    },
  ).open('https://git.contoso.com/gitops');
  await repository.read(id, ['a.yaml']);
  await repository.push({ branch: 'main', base: id, message: 'second', files: [] });
  await proposals?.pushSource({ source: 'tagrelay/a', from: undefined, base: id, message: 'third', files: [] });
  expect(limits).toEqual([undefined, 10_000, 10_000]);
});
