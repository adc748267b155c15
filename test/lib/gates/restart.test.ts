import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildIfChanged } from '../../../tools/build-if-changed.ts';
import { startDevOps } from '../../../local/devops/devops.ts';
import { startStorage } from '../../../local/storage/storage.ts';
import { buildAppProgram, startAppProcess } from '../../../local/scale/app-processes.ts';
import type { AppProcess, AppProgram } from '../../../local/scale/app-processes.ts';
import { root, seedBare, temporaryFolder } from '../../support/platform.ts';

const routes = `
routes:
  cart:
    image: contoso.azurecr.io/cart
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: cart.yaml, helm: { tag: image.tag } }]
    environments:
      dev: { tags: { order: numeric }, delivery: commit }
`;

let program: AppProgram;
beforeAll(async () => {
  await buildIfChanged(join(root, 'dist'));
  program = await buildAppProgram();
});
afterAll(() => program.remove());

test('a gate survives the death of the process that opened it', async () => {
  const bare = join(await temporaryFolder(), 'gitops.git');
  await seedBare(bare, { 'cart.yaml': 'image:\n  tag: "1"\n' });
  const repository = { organization: 'contoso', project: 'platform', name: 'gitops', directory: bare };
  const devops = await startDevOps({ port: 0, repositories: [repository], tokens: ['token'] });
  onTestFinished(() => devops.close());
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const start = async (): Promise<AppProcess> => {
    const app = await startAppProcess(
      program,
      {
        root,
        masterKey: 'master',
        leaseSeconds: 5,
        settings: {
          ROUTES: routes,
          VERIFY_IMAGE: 'false',
          AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
          AzureWebJobsStorage: storage.connectionString,
          AZURE_DEVOPS_PAT: 'token',
          GATE_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
          LOCAL_ENDPOINTS: JSON.stringify({ 'https://dev.azure.com/contoso': `${devops.url}/contoso` }),
        },
      },
      { onLine: () => undefined, onFatal: () => undefined },
    );
    onTestFinished(() => app.kill());
    return app;
  };

  const first = await start();
  const task = devops.pipeline.run(
    { organization: 'contoso', project: 'platform' },
    {
      url: `${first.url}/api/gates`,
      key: 'master',
      body: JSON.stringify({ environment: 'dev', route: 'cart', tag: '2' }),
    },
  );
  await task.answered;
  await first.kill();
  const second = await start();
  const answer = await fetch(`${second.url}/api/webhooks/acr`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': 'master' },
    body: JSON.stringify({
      id: 'e1',
      timestamp: '2026-11-20T10:00:00Z',
      action: 'push',
      target: { repository: 'cart', tag: '2' },
      request: { host: 'contoso.azurecr.io' },
    }),
  });
  expect(answer.status).toBe(202);
  const { result, log } = await task.finished;
  expect(result).toBe('succeeded');
  expect(log.at(-1)).toContain('Succeeded: cart 2 in dev');
});
