import { HttpRequest, InvocationContext } from '@azure/functions';
import type { HttpHandler } from '@azure/functions';
import { randomUUID } from 'node:crypto';
import { QueueServiceClient } from '@azure/storage-queue';
import { join } from 'node:path';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { startDevOps } from '../../local/devops/devops.ts';
import { git } from '../../local/git.ts';
import { startRegistry } from '../../local/registry/registry.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { composeApp } from '../../src/app/compose.ts';
import { machine } from '../../src/app/machine.ts';
import { makeAcrWebhook } from '../../src/functions/acr-webhook.ts';
import { makeDevOpsWebhook } from '../../src/functions/devops-webhook.ts';
import { makeGates } from '../../src/functions/gates.ts';
import { makePromote } from '../../src/functions/promote.ts';
import { makeReplay } from '../../src/functions/replay.ts';
import { makeRollback } from '../../src/functions/rollback.ts';
import type { SyncResult } from '../../src/lib/intake/sync-result.ts';
import type { Log } from '../../src/lib/model/log.ts';
import { makeHoldMessages } from '../../src/lib/storage/held-messages.ts';
import { queueNames } from '../../src/lib/storage/queues.ts';
import { makeStartPromptJob } from '../../src/lib/work/prompt-jobs.ts';
import { appSettings } from '../support/app-settings.ts';
import { startForwardingServer } from '../support/forwarding-server.ts';
import { serveOnLoopback } from '../support/loopback-server.ts';
import { seedBare } from '../support/platform.ts';
import { CallFaults, observer } from './call-faults.ts';
import type { shiftClock } from './shifted-clock.ts';

export interface FaultedAppOptions {
  readonly clock: ReturnType<typeof shiftClock>;
  readonly routes: string;
  readonly files: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether images are looked up in a registry, which then has every pushed image. */
  readonly hasRegistry?: boolean;
  /** Whether `beforeNextPush` can be used. */
  readonly forwards?: boolean;
}

const registryName = 'contoso.azurecr.io';
const leaseSeconds = 300;
const maxDequeueCount = 5;
const minuteMs = 60_000;

const seeds = new Map<string, Promise<string>>();

/** A bare repository with the files; equal files are committed once. */
async function repositoryOf(files: Readonly<Record<string, string>>, folder: string): Promise<string> {
  const key = JSON.stringify(files);
  const seed = seeds.get(key) ?? seedOf(files);
  seeds.set(key, seed);
  const bare = join(folder, 'gitops.git');
  await cp(await seed, bare, { recursive: true });
  return bare;
}

async function seedOf(files: Readonly<Record<string, string>>): Promise<string> {
  const bare = join(await mkdtemp(join(tmpdir(), 'tagrelay-faults-')), 'gitops.git');
  await seedBare(bare, files);
  return bare;
}

const never = (): Promise<never> => new Promise(() => undefined);

/** Sends a request again until it is not answered with 503, as its senders do. */
async function call(handler: HttpHandler, body: string, headers: Record<string, string> = {}) {
  for (let tries = 1; ; tries += 1) {
    const request = new HttpRequest({ method: 'POST', url: 'http://localhost/', headers, body: { string: body } });
    const context = new InvocationContext({ functionName: 'test', logHandler: () => undefined });
    const answer = await handler(request, context);
    if (!answer || !('status' in answer)) throw new Error('the handler gave no answer');
    if (answer.status !== 503) return answer;
    if (tries === 5) throw new Error('the request was answered with 503 five times');
  }
}

/** The whole app in this process on storage whose calls are counted, and a host that works on its queues step by step. */
export async function startFaultedApp({
  clock,
  routes,
  files,
  settings = {},
  hasRegistry,
  forwards,
}: FaultedAppOptions) {
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-faults-'));
  const bare = await repositoryOf(files, folder);
  const posts = new Map<string, number>();
  const faults = new CallFaults();
  const storage = await startStorage({ strike: faults.strike });
  const devops = await startDevOps({
    port: 0,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: bare }],
    tokens: ['token'],
    onRequest: ({ method, path }) => {
      if (method !== 'POST' || !path.endsWith('/statuses')) return;
      const target = path.replace(/[0-9a-f]{40}/, 'COMMIT');
      posts.set(target, (posts.get(target) ?? 0) + 1);
    },
  });
  const registry = hasRegistry
    ? await startRegistry({ port: 0, loginServer: registryName, now: () => new Date() })
    : undefined;
  const forwarding = forwards ? await startForwardingServer(devops.url) : undefined;
  const endpoints = {
    'https://dev.azure.com/contoso': `${(forwarding ?? devops).url}/contoso`,
    ...(registry && { [registryName]: registry.url }),
  };
  const environment = {
    ...appSettings({ storage, devops, token: 'token', routes }),
    LOCAL_ENDPOINTS: JSON.stringify(endpoints),
    VERIFY_IMAGE: String(registry !== undefined),
    RECONCILE_SCHEDULE: 'off',
    GATE_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
    RETENTION: 'off',
    ...settings,
  };
  const lines: string[] = [];
  const log: Log = (level, event, fields) => lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
  const compose = () => composeApp(environment);
  const app = compose();
  const { stores, routes: inForce, gates, worker, startPromptJob, runPeriodic } = app;
  const { send, sendLater, due, store, index, queueService } = stores;
  const prompt: Promise<void>[] = [];
  const start: typeof startPromptJob = async (job) => {
    const started = await startPromptJob(job, { log });
    prompt.push(started.endsWithin(minuteMs));
    return started;
  };
  const { now } = machine;
  const acrWebhook = makeAcrWebhook({ send, now });
  const devOpsWebhook = makeDevOpsWebhook({ send, takesPushes: false });
  const gateRequest = makeGates({
    ...gates.deps,
    start,
    sendLater,
    due,
    routes: inForce.current,
    hosts: app.configuration.settings,
    timeoutSeconds: app.configuration.settings.gates.timeoutSeconds,
  });
  const ordering = { routes: inForce.current, store, index, send, now };
  const orders = {
    replay: makeReplay({ ...ordering, hold: makeHoldMessages(queueService) }),
    promote: makePromote({ ...app.promotions, ...ordering }),
    // An order whose answer is lost is sent again; here it is the same order.
    rollback: makeRollback({ ...app.rollbacks, ...ordering, newId: () => 'order' }),
  };

  const gateServer = await serveOnLoopback(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    );
    const { status = 500 } = await call(gateRequest, Buffer.concat(chunks).toString('utf8'), headers);
    response.writeHead(status).end();
  });

  const queues = QueueServiceClient.fromConnectionString(storage.connectionString, {
    userAgentOptions: { userAgentPrefix: observer },
  });

  async function workOn(name: string, run: (text: string, dequeueCount: number) => Promise<void>): Promise<boolean> {
    const queue = queues.getQueueClient(name);
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 1,
      visibilityTimeout: leaseSeconds,
    });
    const [message] = receivedMessageItems;
    if (!message) return false;
    const { messageId, popReceipt, messageText, dequeueCount } = message;
    try {
      await run(messageText, dequeueCount);
    } catch (error) {
      lines.push(`thrown ${String(error)}`);
      if (dequeueCount < maxDequeueCount || name === queueNames.poison) {
        await queue.updateMessage(messageId, popReceipt, undefined, 0);
        return true;
      }
      await queues.getQueueClient(queueNames.poison).sendMessage(messageText);
    }
    await queue.deleteMessage(messageId, popReceipt);
    return true;
  }

  async function count(): Promise<number> {
    let messages = 0;
    for (const name of [queueNames.work, queueNames.poison]) {
      messages += (await queues.getQueueClient(name).getProperties()).approximateMessagesCount ?? 0;
    }
    return messages;
  }

  /** Works on every message that can be seen. */
  async function work(): Promise<void> {
    await Promise.all(prompt.splice(0));
    for (const name of [queueNames.work, queueNames.poison]) await queues.getQueueClient(name).createIfNotExists();
    let isBusy = true;
    while (isBusy) {
      const worked = await workOn(queueNames.work, (text, dequeueCount) => worker.process(text, log, dequeueCount));
      isBusy = worked || (await workOn(queueNames.poison, (text) => worker.takeOverPoison(text, log)));
    }
  }

  /** Lets time go on, with the clock's work, until no message is left; then for the given hours more. */
  async function rest(hours = 0): Promise<void> {
    for (let step = 0; step < 60; step += 1) {
      await work();
      if ((await count()) === 0) break;
      clock.advance(minuteMs);
    }
    for (const minutes of [15, ...Array.from({ length: hours }, () => 60)]) {
      clock.advance(minutes * minuteMs);
      await runPeriodic(log);
      await work();
    }
  }

  async function close(): Promise<void> {
    await gateServer.close();
    await forwarding?.close();
    await registry?.close();
    await devops.close();
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  }

  return {
    bare,
    close,
    /** How often each target got a status. */
    posts,
    devops,
    faults,
    storage,
    lines,
    queues,
    gateUrl: gateServer.url,
    work,
    count,
    rest,
    runPeriodic: () => runPeriodic(log),
    stores,
    /** Another process of the app answers. */
    getHealth: () => compose().getHealth(),
    /** Something happens just before the next push to the Git host arrives there. Its calls do not count. */
    beforeNextPush: (act: () => Promise<unknown>) => forwarding?.before(/^POST .*\/pushes/, () => faults.pause(act)),
    /** Another process of the app gets an image that was pushed, and works on it at once. */
    pushToOther: async (repository: string, tag: string): Promise<void> => {
      registry?.pushImage({ repository, tag });
      const body = pushWebhook({ registry: registryName, repository, tag }, new Date());
      await compose().worker.run({ kind: 'registry-event', body }, log);
    },
    /** A push whose event is lost. */
    pushUnseen: (repository: string, tag: string) => void registry?.pushImage({ repository, tag }),
    push: (repository: string, tag: string) => {
      registry?.pushImage({ repository, tag });
      const body = pushWebhook({ registry: registryName, repository, tag }, new Date());
      return call(acrWebhook, JSON.stringify(body), { 'content-type': 'application/json' });
    },
    /** A service hook of Azure DevOps. */
    hook: (eventType: string, resource: object) => {
      const body = {
        id: randomUUID(),
        eventType,
        publisherId: 'tfs',
        resource,
        resourceVersion: '2.0',
        resourceContainers: { collection: { id: randomUUID(), baseUrl: 'https://dev.azure.com/contoso/' } },
      };
      return call(devOpsWebhook, JSON.stringify(body), { 'content-type': 'application/json' });
    },
    /** A notification of Argo CD; it is sent again if it could not be stored. */
    tell: async (application: string, result: SyncResult): Promise<void> => {
      const job = { kind: 'sync-result', body: { application, result, receivedAt: new Date().toISOString() } } as const;
      const tryOnce = (): Promise<unknown> => start(job);
      await tryOnce().catch(tryOnce);
      await Promise.all(prompt.splice(0));
    },
    /** The same to a process that dies before it works on it. */
    tellDying: async (application: string, result: SyncResult): Promise<void> => {
      const body = { application, result, receivedAt: new Date().toISOString() };
      const die = makeStartPromptJob({ store: stores.storeMessage, run: never, log, sleep: never });
      await die({ kind: 'sync-result', body });
    },
    send: (job: Parameters<typeof send>[0]) => faults.pause(() => send(job)),
    order: (kind: keyof typeof orders, body: object) =>
      call(orders[kind], JSON.stringify(body), { 'content-type': 'application/json' }),
    file: (path = 'api.yaml') => git(['show', `main:${path}`], bare),
    /** The tags of all records. */
    tags: async () => (await index.list({}, { limit: 10 })).deployments.map(({ update }) => update.image.tag),
    tip: async (): Promise<string> => (await git(['rev-parse', 'main'], bare)).trim(),
  };
}

export type FaultedApp = Awaited<ReturnType<typeof startFaultedApp>>;
