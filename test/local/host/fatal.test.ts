import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { withApp } from '../support/app.ts';

const script = join(import.meta.dirname, '../support', 'fatal-process.ts');
const app = {
  'main.js': `
    const { app } = require('@azure/functions');
    app.hook.appTerminate(() => { console.log('terminated in order'); });
    app.http('a', {
      handler: async () => {
        Promise.reject(new Error('nobody waits for this'));
        await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
      },
    });`,
};

it('ends with an unhandled rejection of the app: the running call is lost and whoever listens is told', async () => {
  await withApp(app, async (root) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, root, 'hears']);
    expect(stdout.trim().split('\n')).toEqual([
      'invocation-started',
      'app-ended',
      'fatal Error: nobody waits for this',
      'connection lost',
      'closed',
    ]);
  });
});

it('lets such a rejection end the process where nobody listens', async () => {
  await withApp(app, async (root) => {
    const ended = promisify(execFile)(process.execPath, ['--import', 'tsx', script, root]);
    await expect(ended).rejects.toMatchObject({ code: 1, stdout: 'invocation-started\n' });
  });
});
