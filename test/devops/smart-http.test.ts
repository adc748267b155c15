import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PushEvent } from '../../local/devops/server/platform.ts';
import { addFile, call, editFile, git, push, startEmulator, temporaryDirectory, zero } from './emulator.ts';

const events: PushEvent[] = [];
const emulator = await startEmulator({ onPush: (event) => events.push(event) });

test('a clone has what REST pushed, REST reads what a clone pushed, and both are events', async () => {
  const first = await push(emulator, zero, [addFile('/apps/values.yaml', 'tag: "1"\n')]);
  const clone = join(await temporaryDirectory(), 'clone');
  await git('.', 'clone', '--quiet', emulator.remote, clone);
  expect(await readFile(join(clone, 'apps/values.yaml'), 'utf8')).toBe('tag: "1"\n');

  await writeFile(join(clone, 'apps/values.yaml'), 'tag: "2"\n');
  await git(clone, 'commit', '--quiet', '-am', 'two');
  await git(clone, 'push', '--quiet', 'origin', 'main');
  const second = await git(clone, 'rev-parse', 'HEAD');
  const refs = await call(`${emulator.repository}/refs?filter=heads/main`);
  expect(refs.body.value[0].objectId).toBe(second);

  const third = await push(emulator, second, [editFile('/apps/values.yaml', 'tag: "3"\n')]);
  await git(clone, 'pull', '--quiet');
  expect(await git(clone, 'rev-parse', 'HEAD')).toBe(third);
  expect(
    events.map(({ commits, refUpdates }) => [commits, refUpdates[0]?.oldObjectId, refUpdates[0]?.newObjectId]),
  ).toEqual([
    [[first], zero, first],
    [[second], first, second],
    [[third], second, third],
  ]);
  await git(emulator.directory, 'fsck', '--strict');
});
