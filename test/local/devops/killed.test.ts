import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { addFile, call, editFile, git, pushBody, temporaryDirectory, token, zero } from './emulator.ts';

async function serve(directory: string): Promise<{ url: string; server: ChildProcess }> {
  const script = join(import.meta.dirname, './serve.ts');
  // A group of its own, so that the Git programs below it die with it.
  const server = spawn(process.execPath, ['--import', 'tsx', script, directory, token], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  afterAll(() => kill(server));
  const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
  return { url: `${url}/contoso/platform/_apis/git/repositories/gitops/pushes`, server };
}

function kill(server: ChildProcess): void {
  if (server.pid !== undefined && server.exitCode === null && server.signalCode === null)
    process.kill(-server.pid, 'SIGKILL');
}

test('a platform that is killed while it writes has every commit that it answered for, and goes on', async () => {
  const directory = join(await temporaryDirectory(), 'gitops.git');
  let tip = zero;
  for (let round = 0; round < 3; round += 1) {
    const { url, server } = await serve(directory);
    const exited = once(server, 'exit');
    let answered = 0;
    for (;;) {
      const content = `${round} ${answered}`;
      const change = tip === zero ? addFile('/apps/file', content) : editFile('/apps/file', content);
      const answer = await call(url, pushBody(tip, [change])).catch(() => undefined);
      if (answer === undefined) break;
      expect(answer.status).toBe(201);
      tip = answer.body.refUpdates[0]?.newObjectId ?? tip;
      answered += 1;
      // The next push is on its way when the platform dies.
      if (answered === 5) setImmediate(() => kill(server));
    }
    await exited;
    expect(answered).toBeGreaterThanOrEqual(5);
    expect(await git(directory, 'fsck', '--strict', '--no-dangling')).toBe('');
    const found = await git(directory, 'rev-parse', 'main');
    expect(await git(directory, 'merge-base', tip, found)).toBe(tip);
    tip = found;
  }
});
