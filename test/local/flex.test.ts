import { writeFile } from 'node:fs/promises';
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
import { fileAtTip, root, seedBare, temporaryFolder } from '../support/platform.ts';
import { npmStart, readyLine } from '../support/start.ts';

const token = 'key-of-the-test';
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;

/** The status of the answer to a push of the image `api`. */
async function push(functions: string, key: string, tag: string): Promise<number> {
  const response = await fetch(`${functions}/api/webhooks/acr`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': key },
    body: JSON.stringify(pushWebhook({ registry: 'contoso.azurecr.io', repository: 'api', tag }, new Date())),
  });
  return response.status;
}

test('each group of functions runs in a process of its own, started for work and stopped when idle', async () => {
  await buildIfChanged(join(root, 'dist'));
  const directory = await temporaryFolder();
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
    expect(await push(host.url, token, tag)).toBe(202);
    await eventually(async () => expect(await tipOf(bare)).not.toBe(before));
    const stopped = performance.now() + 4_000;
    await eventually(() => expect(performance.now()).toBeGreaterThan(stopped));
  }
  expect([startsFor('http'), startsFor('function:work')]).toEqual([2, 2]);
  expect(lines).toContain('http event-queued');
  expect(lines).toContain('function:work committed');
  expect(lines).not.toContain('http committed');
}, 90_000);

test('`npm start -- --serve --scale flex` serves routes so', async () => {
  const directory = await temporaryFolder();
  const bare = join(directory, 'gitops.git');
  const routesFile = join(directory, 'routes.yaml');
  await seedBare(bare, { 'api.yaml': 'image: { tag: "1" }\n' });
  await writeFile(routesFile, routes);
  const paths = ['--routes', routesFile, '--repository', `contoso/platform/gitops=${bare}`, '--storage', directory];
  const platform = npmStart(['--serve', '--scale', 'flex', ...paths, '--port', '0', '--devops-port', '0']);
  const { functions, key } = await readyLine(platform);
  expect(await push(functions, key, '2')).toBe(202);
  await eventually(async () => expect(await fileAtTip(bare, 'api.yaml')).toBe('image: { tag: "2" }\n'), {
    seconds: 60,
  });
  await eventually(() => expect(platform.output()).toMatch(/^\[function:work\] committed /m));
  for (const group of ['http', 'function:work'])
    expect(platform.output().split('\n')).toContain(`[${group}] a process starts`);
  expect(platform.output()).toMatch(/^\[http\] event-queued /m);
  platform.child.kill('SIGINT');
  expect(await platform.exited, platform.output()).toBe(0);
}, 120_000);
