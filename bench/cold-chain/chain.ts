import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import { startDevOps } from '../../local/devops/devops.ts';
import { git } from '../../local/git.ts';
import { startFlexHost } from '../../local/scale/flex-host.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { appSettings } from '../../test/support/app-settings.ts';
import { healthyNotification, makeLines } from '../support/app-log.ts';
import { postToApp } from '../support/post-to-app.ts';
import { seedServices, serviceName } from '../../local/seed/services.ts';

const token = randomUUID();
const repository = 'https://dev.azure.com/contoso/platform/_git/gitops';
const routes = `
defaults: { repository: ${repository}, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
routes:
  '{team}/{service}':
    image: contoso.azurecr.io/{team}/{service}
    update: [{ file: 'apps/{team}/{service}.yaml', helm: { tag: image.tag } }]
    application: argocd/{service}
    environments: [dev]
`;
/** A process without work is stopped after this time, in milliseconds. */
const idleMs = 4_000;

/** One measured way through the app. */
export interface Measured {
  readonly starts: number;
  readonly ms: number;
  /** Requests to storage until the effects of the way have ended, without those that poll queues. */
  readonly calls: number;
}

export interface Chain {
  readonly fromEvent: () => Promise<Measured>;
  readonly fromWebhook: () => Promise<Measured>;
  /** The last commit becomes healthy. Its gate was opened before. */
  readonly toGate: (state: 'cold' | 'warm') => Promise<Measured>;
  /** Settles when no process runs. */
  readonly coolDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startChain(options: {
  readonly root: string;
  readonly queue: string;
  readonly folder: string;
  readonly rounds: number;
}): Promise<Chain> {
  let calls = 0;
  const storage = await startStorage({
    onRequest: (request) => {
      if (!isPoll(request)) calls += 1;
    },
  });
  const bare = join(options.folder, 'gitops.git');
  await seedServices(bare, options.rounds * 6 + 10);
  const devops = await startDevOps({
    port: 0,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: bare }],
    tokens: [token],
  });
  const lines = makeLines();
  let starts = 0;
  let lastLineAt = performance.now();
  const timers = new Set<string>();
  const host = await startFlexHost({
    port: 0,
    app: {
      root: options.root,
      masterKey: token,
      leaseSeconds: 30,
      settings: {
        ...appSettings({ storage, devops, token, routes }),
        GATE_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
      },
    },
    idleMs,
    onLine: (_group, text) => {
      lastLineAt = performance.now();
      lines.add(text);
    },
    onStart: (group) => {
      if (!timers.has(group)) starts += 1;
    },
    onFatal: (reason) => {
      throw new Error(reason);
    },
  });
  for (const { name, trigger } of host.functions) if (trigger === 'timer') timers.add(`function:${name}`);
  const queue = QueueServiceClient.fromConnectionString(storage.connectionString).getQueueClient(options.queue);
  await queue.createIfNotExists();
  let service = 0;

  const post = (path: string, body: unknown): Promise<void> => postToApp({ url: host.url, key: token }, path, body);

  /**
   * Waits until the app has logged nothing for a second, so late effects are counted; and a random time, because the host
   * polls a queue the less often the longer it was empty.
   */
  async function measured(run: () => Promise<void>): Promise<Measured> {
    while (performance.now() - lastLineAt < 1_000) await sleep(50);
    await sleep(Math.random() * 1_000);
    const before = { starts, calls };
    const startedAt = performance.now();
    await run();
    const ms = performance.now() - startedAt;
    const startsUntilThen = starts - before.starts;
    lastLineAt = performance.now();
    while (performance.now() - lastLineAt < 1_000) await sleep(50);
    return { starts: startsUntilThen, ms, calls: calls - before.calls };
  }

  function nextImage() {
    service += 1;
    return { registry: 'contoso.azurecr.io', repository: serviceName(service), tag: '1' };
  }

  const coolDown = (): Promise<void> => sleep(idleMs + 1_500).then(() => undefined);
  return {
    fromEvent: () => {
      const image = nextImage();
      return measured(async () => {
        const committed = lines.next('committed', image.repository);
        await queue.sendMessage(Buffer.from(JSON.stringify(eventGridEvent(image))).toString('base64'));
        await committed;
      });
    },
    fromWebhook: () => {
      const image = nextImage();
      return measured(async () => {
        const committed = lines.next('committed', image.repository);
        await post('webhooks/acr', pushWebhook(image, new Date()));
        await committed;
      });
    },
    async toGate(state) {
      const image = nextImage();
      const committed = lines.next('committed', image.repository);
      await post('webhooks/acr', pushWebhook(image, new Date()));
      await committed;
      const body = JSON.stringify({ environment: 'dev', route: image.repository, tag: image.tag });
      const place = { organization: 'contoso', project: 'platform' };
      const gate = devops.pipeline.run(place, { url: `${host.url}/api/gates`, key: token, body });
      await gate.answered;
      if (state === 'cold') await coolDown();
      const revision = (await git(['rev-parse', 'main'], bare)).trim();
      const [, application = ''] = image.repository.split('/');
      return measured(async () => {
        const result = { application, repository, revision, image: `contoso.azurecr.io/${image.repository}:1` };
        await post('webhooks/argocd', healthyNotification(result));
        const end = await gate.finished;
        if (end.result !== 'succeeded') throw new Error(`the gate ended with ${end.result}: ${end.log.join('\n')}`);
      });
    },
    coolDown,
    async close() {
      await host.close();
      await devops.close();
      await storage.close();
    },
  };
}

/** The event of Event Grid for a pushed image, in its own schema ("Azure Container Registry as an Event Grid source"). */
function eventGridEvent(image: {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}): object {
  const { id, timestamp, action, target, request } = pushWebhook(image, new Date());
  return {
    id,
    topic: '/subscriptions/0/resourceGroups/shared/providers/Microsoft.ContainerRegistry/registries/contoso',
    subject: `${image.repository}:${image.tag}`,
    eventType: 'Microsoft.ContainerRegistry.ImagePushed',
    eventTime: timestamp,
    dataVersion: '2.0',
    metadataVersion: '1',
    data: { id, timestamp, action, target, request },
  };
}

/** Polling costs a request whether there is work or not. */
function isPoll({ method, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && /\/messages\?/.test(url);
}
