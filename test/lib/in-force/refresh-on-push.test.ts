import { expect, test } from 'vitest';
import { makeRefreshOnPush } from '../../../src/lib/in-force/refresh-on-push.ts';

const collection = 'https://dev.azure.com/contoso';
const source = { repository: `${collection}/platform/_git/routes` };
const local = 'http://127.0.0.1:9/contoso';

async function reads(push: { collection: string; repository?: string }, localEndpoints?: Record<string, string>) {
  let runs = 0;
  const refresh = async (): Promise<void> => void (runs += 1);
  const hosts = { azureDevOpsCollections: [], ...(localEndpoints && { localEndpoints }) };
  const isOurs = await makeRefreshOnPush({ sources: [source], hosts, refresh })(push, () => undefined);
  return { isOurs, runs };
}

test.each([
  ['its repository', { collection, repository: source.repository }],
  ['its repository, by another spelling', { collection, repository: `${collection}/Platform/_git/ROUTES` }],
  ['minimal details of its collection', { collection }],
  ['the former name of the collection', { collection: 'https://contoso.visualstudio.com/' }],
])('documents are read after a push to %s', async (_name, push) => {
  expect(await reads(push)).toEqual({ isOurs: true, runs: 1 });
});

test.each([
  ['another repository', { collection, repository: `${collection}/platform/_git/gitops` }],
  ['another collection', { collection: 'https://dev.azure.com/fabrikam' }],
])('documents are not read after a push to %s', async (_name, push) => {
  expect(await reads(push)).toEqual({ isOurs: false, runs: 0 });
});

test('a local endpoint sends the pushes of the collection that it stands in for', async () => {
  const push = { collection: local, repository: `${local}/platform/_git/routes` };
  expect(await reads(push, { [collection]: local })).toEqual({ isOurs: true, runs: 1 });
  expect(await reads(push)).toEqual({ isOurs: false, runs: 0 });
});
