import { expect, onTestFinished, test, vi } from 'vitest';
import { startStandIn, url } from './stand-in.ts';

const client = vi.hoisted(() => ({ loaded: 0 }));
vi.mock('@octokit/request', (importOriginal) => {
  client.loaded += 1;
  return importOriginal();
});

test('the GitHub client is loaded with the first request, not for commits', async () => {
  const host = await startStandIn();
  onTestFinished(() => host.close());
  const { repository, pullRequests } = host.repositories().open(url);
  await repository.tip(undefined);
  expect(client.loaded).toBe(0);
  await pullRequests?.listActive('tagrelay');
  expect(client.loaded).toBe(1);
});
