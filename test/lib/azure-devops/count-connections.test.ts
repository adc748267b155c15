import { expect, test } from 'vitest';
import { makeFindChanges } from '../../../src/lib/azure-devops/build-changes.ts';
import { makeAzureBuildTags } from '../../../src/lib/azure-devops/build-tags.ts';
import type { DevOpsConnection } from '../../../src/lib/azure-devops/connections.ts';
import { countConnections } from '../../../src/lib/azure-devops/count-connections.ts';
import type { KnownBuild } from '../../../src/lib/model/image-origin.ts';

const collection = 'https://dev.azure.com/contoso';
const build = { collection, project: 'shop', id: 7, definition: { id: 1 }, sourceVersion: 'a' } as KnownBuild;

test('each call for the tags and changes of a build is counted by the host of its collection', async () => {
  const calls: string[] = [];
  const note = (name: string, answer: unknown) => () => Promise.resolve(calls.push(name)).then(() => answer);
  const api = {
    addBuildTags: note('add', []),
    deleteBuildTag: note('delete', []),
    getChangesBetweenBuilds: note('changes', []),
  };
  const connections = countConnections(() => ({ build: api, git: {} }) as unknown as DevOpsConnection, {
    call: (host, request) => {
      calls.push(host);
      return request();
    },
  });
  await makeAzureBuildTags(connections).setTag(build, { add: 'deployed: prod', remove: 'deploying: prod' });
  await makeFindChanges(connections)(build, { ...build, id: 8, sourceVersion: 'b' });
  const host = 'dev.azure.com';
  expect(calls).toEqual([host, 'add', host, 'delete', host, 'changes']);
});

test('a call that is refused is not made', async () => {
  let calls = 0;
  const api = { addBuildTags: () => Promise.resolve((calls += 1)) };
  const connections = countConnections(() => ({ build: api, git: {} }) as unknown as DevOpsConnection, {
    call: () => Promise.reject(new Error('busy')),
  });
  await expect(makeAzureBuildTags(connections).setTag(build, { add: 'a' })).rejects.toThrow('busy');
  expect(calls).toBe(0);
});
