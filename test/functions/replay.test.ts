import { QueueServiceClient } from '@azure/storage-queue';
import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { appApi, triedForADay, updateOf } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { commitFiles, fileAtTip, testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const files = { 'api.yaml': values('1'), 'web.yaml': values('1'), 'bad.yaml': 'image: [\n' };

async function start() {
  const platform = await testPlatform({ routes, files });
  const api = appApi(platform);
  const push = (repository: string, tag: string) =>
    platform.post(pushWebhook({ registry: 'contoso.azurecr.io', repository, tag }, new Date()));
  const state = async (id: string, wanted: string) =>
    eventually(async () => {
      const { body } = await api.get(`deployments/${id}`);
      expect(body).toMatchObject({ state: wanted });
      return body;
    });
  return { platform, api, push, state };
}

test('an update that was tried for a day is abandoned, and a replay of all brings it into Git', async () => {
  const { platform, api, state } = await start();
  const update = updateOf('api', 'dev', 'api', '7');
  await api.send('work-poison', triedForADay('tag-update', update));
  expect(await state(update.id, 'abandoned')).toMatchObject({ code: 'worker-ended' });
  await eventually(async () => expect(await api.count('abandoned')).toBe(1));

  const answer = await api.post('replay', { all: true });
  expect(answer).toMatchObject({
    status: 202,
    body: { queued: [{ id: update.id, route: 'api', environment: 'dev', image: 'contoso.azurecr.io/api:7' }] },
  });
  await state(update.id, 'committed');
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('7'));
  expect(await api.count('abandoned')).toBe(0);
});

test('an abandoned registry event is put back as well, unless one environment is meant', async () => {
  const { api, state } = await start();
  const event = pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag: '7' }, new Date());
  await api.send('work-poison', triedForADay('registry-event', event));
  await eventually(async () => expect(await api.count('abandoned')).toBe(1));
  expect((await api.post('replay', { all: true, environment: 'dev' })).body).toMatchObject({ messages: 0 });
  expect(await api.count('abandoned')).toBe(1);
  expect((await api.post('replay', { all: true })).body).toMatchObject({ messages: 1 });
  await state(updateOf('api', 'dev', 'api', '7').id, 'committed');
});

test('a message that nobody can read is kept as abandoned, logged, and counted by health', async () => {
  const { platform, api } = await start();
  await api.send('work', { v: 1, kind: 'tag-update', body: { id: 'x' } });
  await eventually(async () => expect(await api.count('abandoned')).toBe(1));
  await eventually(() => expect(platform.lines.map(({ event }) => event)).toContain('abandoned'));
  const { fields } = platform.lines.find(({ event }) => event === 'abandoned') ?? fail();
  expect(fields).toMatchObject({ kind: 'tag-update', code: 'message-malformed' });
  expect((await api.get('health/details')).body).toMatchObject({
    queues: { abandoned: 1, work: 0, 'work-poison': 0 },
  });
});

test('a message that is no base64 is not lost either', async () => {
  const { platform, api } = await start();
  const queue = QueueServiceClient.fromConnectionString(platform.storage).getQueueClient('work');
  await queue.createIfNotExists();
  await queue.sendMessage('not base64, not JSON');
  await eventually(async () => expect(await api.count('abandoned')).toBe(1));
  expect(await api.count('work')).toBe(0);
});

test('a rejected update is replayed when what was wrong is right again', async () => {
  const { platform, api, push, state } = await start();
  await push('bad', '2');
  const { id } = updateOf('bad', 'dev', 'bad', '2');
  expect(await state(id, 'rejected')).toMatchObject({ code: 'not-yaml' });
  await commitFiles(platform.bare, { 'bad.yaml': values('1') }, 'mend it');
  const pages: unknown[] = [];
  let from: string | undefined;
  do {
    const { body } = await api.post('replay', {
      all: true,
      route: 'bad',
      ...(from === undefined ? {} : { from }),
    });
    const page = body as { queued: unknown[]; next?: string };
    pages.push(...page.queued);
    from = page.next;
  } while (from !== undefined);
  expect(pages).toEqual([
    { id, route: 'bad', environment: 'dev', image: expect.stringMatching(/^contoso\.azurecr\.io\/bad:2@sha256:/) },
  ]);
  await state(id, 'committed');
  expect(await fileAtTip(platform.bare, 'bad.yaml')).toBe(values('2'));
});

test('a replay of one id goes round the mark and has an id of its own; a replay of all does not', async () => {
  const { platform, api, push, state } = await start();
  const three = updateOf('api', 'dev', 'api', '3');
  await push('api', '5');
  await state(updateOf('api', 'dev', 'api', '5').id, 'committed');
  await commitFiles(platform.bare, { 'api.yaml': values('1') }, 'Revert');
  await push('api', '3');
  expect(await state(three.id, 'superseded')).toMatchObject({ reason: expect.stringContaining('tagrelay mark') });

  const order = { actor: 'Kim', reason: 'the fix needs 3' };
  const answer = await api.post('replay', { id: three.id, ...order });
  expect(answer.status).toBe(202);
  const [queued] = (answer.body as { queued: { id: string; replayOf: string }[] }).queued;
  expect(queued).toMatchObject({ replayOf: three.id });
  expect(queued?.id).not.toBe(three.id);
  expect(await state(queued?.id ?? '', 'committed')).toMatchObject({ replayOf: three.id, replay: order });
  expect(await fileAtTip(platform.bare, 'api.yaml')).toBe(values('3'));
  const { environments } = (await api.get('environments')).body as { environments: { route: string }[] };
  expect(environments.find(({ route }) => route === 'api')).toMatchObject({
    deployed: { tag: '3', cause: { kind: 'replay', actor: 'Kim' } },
  });

  // The mark stays where it was, and a replay of all obeys it.
  const four = updateOf('api', 'dev', 'api', '4');
  await api.send('work-poison', triedForADay('tag-update', four));
  await state(four.id, 'abandoned');
  await eventually(async () => expect(await api.count('abandoned')).toBe(1));
  await api.post('replay', { all: true });
  await state(four.id, 'superseded');
  // And another replay is another job.
  const again = (await api.post('replay', { id: queued?.id })).body as { queued: { id: string }[] };
  expect(again.queued[0]?.id).not.toBe(queued?.id);
  expect(again.queued[0]).toMatchObject({ replayOf: three.id });
});

test('a body of another shape is 400 with a problem document, and nothing is queued', async () => {
  const { api } = await start();
  for (const body of [
    {},
    { id: '0'.repeat(32), all: true },
    { id: 'x' },
    { all: true, enviroment: 'dev' },
    { all: false },
    { all: true, route: '' },
    [],
  ]) {
    expect(await api.post('replay', body)).toMatchObject({ status: 400, body: { errors: expect.any(Array) } });
  }
  expect(await api.count('work')).toBe(0);
});

test('an id that nobody knows is 404, a cursor that nobody gave is 400', async () => {
  const { api } = await start();
  expect((await api.post('replay', { id: '0'.repeat(32) })).status).toBe(404);
  expect((await api.post('replay', { all: true, from: 'x' })).status).toBe(400);
});

test('without the admin key nothing is replayed', async () => {
  const { platform } = await start();
  const response = await fetch(`${platform.functions}/api/replay`, { method: 'POST', body: '{"all":true}' });
  expect(response.status).toBe(401);
});

function fail(): never {
  throw new Error('nothing was logged');
}
