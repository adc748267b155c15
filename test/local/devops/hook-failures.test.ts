import { expect, test } from 'vitest';
import { addFile, call, git, push, startEmulator, zero } from './emulator.ts';
import { hookReceiver } from './hook-receiver.ts';
import { eventually } from '../../support/eventually.ts';

const waits = { retries: Array.from({ length: 8 }, () => 1), probation: Array.from({ length: 7 }, () => 1) };
const emulator = await startEmulator({ hookWaits: waits });
const first = await push(emulator, zero, [addFile('/a.yaml', 'a: 1\n')]);
const { subscribe, answers, received, url } = await hookReceiver(emulator);
const source = { id: 'contoso/api', type: 'GitHub', name: 'contoso/api', url: 'https://x.example' } as const;
const of = { organization: 'contoso', project: 'platform', repository: source, sourceVersion: first };

/** What comes of a push when the receiver answers it so. */
async function outcome(branch: string, statuses: readonly number[]) {
  const hook = await subscribe('git.push', { publisher: { branch } });
  answers.set(hook.path, [...statuses]);
  await push(emulator, first, [addFile(`/${branch}`, '')], {}, branch);
  const notification = await eventually(async () => {
    const { body } = await call(`${hook.url}/notifications/1`);
    expect(body).toMatchObject({ status: 'completed' });
    return body as unknown as { result: string; details: { requestAttempts: number } };
  });
  const { status, probationRetries } = await hook.get();
  return {
    hook,
    result: notification.result,
    attempts: notification.details.requestAttempts,
    status,
    probationRetries,
  };
}

test.each([408, 502, 503, 504])('%d is tried again soon', async (status) => {
  expect(await outcome(`transient${status}`, [status, status])).toMatchObject({
    result: 'succeeded',
    attempts: 3,
    status: 'enabled',
  });
});

test('410 disables the subscription at once', async () => {
  const witness = await subscribe('git.push', { publisher: { branch: 'gone' } });
  const { hook, ...rest } = await outcome('gone', [410]);
  expect(rest).toMatchObject({ result: 'failed', attempts: 1, status: 'disabledBySystem' });
  await push(emulator, await git(emulator.directory, 'rev-parse', 'gone'), [addFile('/x', '')], {}, 'gone');
  await witness.until(2);
  expect((await call(`${hook.url}/notifications`)).body.count).toBe(1);
});

test.each([500, 404, 401, 302])('%d puts it on probation, and a success restores it', async (status) => {
  expect(await outcome(`enduring${status}`, [status, status])).toMatchObject({
    result: 'succeeded',
    attempts: 3,
    status: 'enabled',
    probationRetries: 0,
  });
});

test('what never gets through disables it: one try, eight soon, seven on probation', async () => {
  const always = Array.from({ length: 30 }, () => 503);
  expect(await outcome('never', always)).toMatchObject({
    result: 'failed',
    attempts: 16,
    status: 'disabledBySystem',
  });
});

test('on probation other events are not sent', async () => {
  const slow = await startEmulator({ hookWaits: { retries: [], probation: [60_000] } });
  const consumerInputs = { url: `${url}/probation` };
  answers.set('/probation', [500]);
  const build = {
    publisherId: 'tfs',
    eventType: 'build.complete',
    consumerId: 'webHooks',
    consumerActionId: 'httpRequest',
  };
  const { body } = await call(`${slow.organization}/_apis/hooks/subscriptions`, { ...build, consumerInputs });
  const subscription = `${slow.organization}/_apis/hooks/subscriptions/${body.id}`;
  const run = () => slow.builds.finish(slow.builds.start({ ...of, definition: { id: 1, name: 'a' } }).id, 'failed');
  run();
  await eventually(async () => expect((await call(subscription)).body).toMatchObject({ status: 'onProbation' }));
  run();
  await eventually(async () =>
    expect((await call(`${subscription}/notifications`)).body.value).toMatchObject([
      { id: 2, result: 'filtered' },
      { id: 1 },
    ]),
  );
  expect(received.filter(({ path }) => path === '/probation')).toHaveLength(1);
});
