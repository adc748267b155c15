import {
  GitRefUpdateStatus,
  GitVersionType,
  VersionControlChangeType,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { expect, test } from 'vitest';
import { addFile, gitClient, push, startEmulator, zero } from './emulator.ts';

const emulator = await startEmulator();
const first = await push(emulator, zero, [addFile('/apps/values.yaml', 'tag: "1"\n')], { comment: 'one\n\nbody' });
const api = await gitClient(emulator.organization);

test('the client package finds its way and reads the tip, the file and the commit', async () => {
  const [ref] = await api.getRefs('gitops', 'platform', 'heads/main');
  expect(ref).toMatchObject({ name: 'refs/heads/main', objectId: first });
  const version = { version: first, versionType: GitVersionType.Commit };
  const item = await api.getItem(
    'gitops',
    '/apps/values.yaml',
    'platform',
    undefined,
    undefined,
    true,
    false,
    false,
    version,
    true,
  );
  expect(item).toMatchObject({
    content: 'tag: "1"\n',
    commitId: first,
    gitObjectType: 3,
    contentMetadata: { encoding: 65001 },
  });
  expect(await api.getCommit(first, 'gitops', 'platform')).toMatchObject({ comment: 'one\n\nbody\n', parents: [] });
  expect(await api.getCommits('gitops', {}, 'platform')).toMatchObject([{ comment: 'one', commentTruncated: true }]);
});

test('the client package pushes with numeric enums and moves refs', async () => {
  const change = {
    changeType: VersionControlChangeType.Edit,
    item: { path: '/apps/values.yaml' },
    newContent: { content: 'tag: "2"\n', contentType: 0 },
  };
  const landed = await api.createPush(
    {
      refUpdates: [{ name: 'refs/heads/feature', oldObjectId: first }],
      commits: [{ comment: 'two', changes: [change] }],
    },
    'gitops',
    'platform',
  );
  expect(landed.refUpdates?.[0]).toMatchObject({ name: 'refs/heads/feature', oldObjectId: zero });
  const second = landed.refUpdates?.[0]?.newObjectId ?? '';
  const bases = await api.getMergeBases('gitops', first, second, 'platform');
  expect(bases.map(({ commitId }) => commitId)).toEqual([first]);
  const results = await api.updateRefs(
    [{ name: 'refs/heads/feature', oldObjectId: first, newObjectId: zero }],
    'gitops',
    'platform',
  );
  expect(results).toMatchObject([{ success: false, updateStatus: GitRefUpdateStatus.StaleOldObjectId }]);
});
