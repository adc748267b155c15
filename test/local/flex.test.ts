import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDevOps } from '../../local/devops/devops.ts';
import { startFlexHost } from '../../local/scale/flex-host.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { tipOf } from '../../bench/delivery/gitops-repository.ts';
import { appSettings } from '../support/app-settings.ts';
import { eventually } from '../support/eventually.ts';
import { root, seedBare } from '../support/platform.ts';

const token = 'key-of-the-test';
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;

test('each group of functions runs in a process of its own, started for work and stopped when idle', async () => {
  await buildIfChanged(join(root, 'dist'));
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-flex-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const bare = join(directory, 'gitops.git');
  await seedBare(bare, { 'api.yaml': 'image: { tag: "1" }\n' });
  const storage = await startStorage();
  onTestFinished(storage.close);
  const devops = await startDevOps({
    port: 0,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: bare }],
    tokens: [token],
  });
  onTestFinished(() => devops.close());
  const starts: string[] = [];
  const lines: string[] = [];
  const host = await startFlexHost({
    port: 0,
    app: { root, masterKey: token, leaseSeconds: 30, settings: appSettings({ storage, devops, token, routes }) },
    idleMs: 1_500,
    onLine: (group, text) => lines.push(`${group} ${text.split(' ')[0] ?? ''}`),
    onStart: (group) => starts.push(group),
    onFatal: (reason) => {
      throw new Error(reason);
    },
  });
  onTestFinished(host.close);
  const startsFor = (group: string): number => starts.filter((started) => started === group).length;
  expect(host.functions.map(({ name }) => name)).toContain('work');
  expect([startsFor('http'), startsFor('function:work')]).toEqual([0, 0]);

  for (const tag of ['2', '3']) {
    const before = await tipOf(bare);
    const response = await fetch(`${host.url}/api/webhooks/acr`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-functions-key': token },
      body: JSON.stringify(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag }, new Date())),
    });
    expect(response.status).toBe(202);
    await eventually(async () => expect(await tipOf(bare)).not.toBe(before));
    const stopped = performance.now() + 4_000;
    await eventually(() => expect(performance.now()).toBeGreaterThan(stopped));
  }
  expect([startsFor('http'), startsFor('function:work')]).toEqual([2, 2]);
  expect(lines).toContain('http event-queued');
  expect(lines).toContain('function:work committed');
  expect(lines).not.toContain('http committed');
}, 90_000);
