import type { InvocationContext } from '@azure/functions';
import { describe, expect, test } from 'vitest';
import { git } from '../../local/git.ts';
import { composeApp } from '../../src/app/compose.ts';
import { connect } from '../../src/app/outside.ts';
import { makeServices } from '../../src/app/services.ts';
import { makeWork } from '../../src/functions/work.ts';
import { makeDeliverUpdate } from '../../src/lib/delivery/deliver-update.ts';
import { parseLogLine } from '../../src/lib/model/log.ts';
import type { Log } from '../../src/lib/model/log.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { HostShare } from '../../src/lib/net/host-share.ts';
import type { RegistryDeps } from '../../src/lib/registry/make-registry.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../src/lib/work/due-store.ts';
import type { Job } from '../../src/lib/work/envelope.ts';
import { makeWorker } from '../../src/lib/work/worker.ts';
import type { JobHandlers } from '../../src/lib/work/worker.ts';
import { appSettings } from '../support/app-settings.ts';
import { deliveryBench } from '../support/delivery.ts';
import { eventually } from '../support/eventually.ts';
import { makeAsker, startStandIn } from '../support/registry.ts';

const services = ['a', 'b', 'c', 'd', 'e', 'f'];
const routes = (branch: string) => `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: '${branch}', delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}': { image: 'contoso.azurecr.io/{service}', update: [{ file: '{service}.yaml', helm: { tag: image.tag } }], environments: [dev] }
`;
/** Places of a silent host. */
const share = 2;
const now = () => new Date();

interface Given {
  readonly branch?: string;
  /** The registry of every image that does not answer. */
  readonly registry?: (deps: Pick<RegistryDeps, 'hosts'>) => ReturnType<typeof makeAsker>['registry'];
}

async function bench({ branch = 'main', registry }: Given = {}) {
  const files = Object.fromEntries(services.map((service) => [`${service}.yaml`, 'image: { tag: "1" }\n']));
  const delivery = await deliveryBench({ routes: routes(branch), files });
  const { store, findEnvironment, connectionString } = delivery;
  const hosts = new HostShare(share, now);
  const sent: { readonly job: Job; readonly delaySeconds: number | undefined }[] = [];
  const deliver = makeDeliverUpdate({
    missed: { note: () => Promise.resolve() },
    apply: delivery.worker({ hosts, ...(registry && { registry: registry({ hosts }) }) }),
    store,
    due: makeDueStore(makeTableRows({ AzureWebJobsStorage: connectionString })),
    now,
    withEffects: (_key, _log, work) => work(),
    findEnvironment,
    hosts,
  });
  const worker = makeWorker({
    handlers: () => ({ 'tag-update': deliver }) as unknown as JobHandlers,
    rawKind: () => 'tag-update',
    send: (_queue, job, { delaySeconds } = {}) => Promise.resolve(void sent.push({ job: job as Job, delaySeconds })),
    now,
    random: () => 0,
  });
  const events: string[] = [];
  const handler = makeWork(worker, (_level, event) => events.push(`of the process: ${event}`));
  const note = (text: string) => void events.push(parseLogLine(text)?.event ?? '');
  // The handler reads nothing else of the invocation.
  const context = { info: note, warn: note, error: note, triggerMetadata: {} } as unknown as InvocationContext;
  return { ...delivery, sent, events, deliver: async (update: TagUpdate) => handler(update, context) };
}

describe.each([
  ['one push', 'main'],
  ['a push for each branch', 'env/{service}'],
])('a Git host that hangs with updates in %s', (_name, branch) => {
  test('those above its share go back before its time limit, the others wait', async () => {
    const { deliver, devops, sent, update } = await bench({ branch });
    devops.faults.add({ action: { kind: 'latency', milliseconds: 3_600_000 } });
    const ended: string[] = [];
    const all = services.map((service) => deliver(update(service, '2')).then(() => ended.push(service)));
    const startedAt = performance.now();
    await eventually(() => expect(ended).toHaveLength(services.length - share));
    expect(performance.now() - startedAt).toBeGreaterThan(5_500);
    expect(sent).toEqual(
      services.slice(share).map(() => ({
        job: expect.objectContaining({ retry: expect.objectContaining({ code: 'host-busy' }) }),
        delaySeconds: 60,
      })),
    );
    await devops.close();
    await Promise.all(all);
  }, 30_000);
});

test('a push that goes on without its messages writes one commit, and they end by it when they come back', async () => {
  const { deliver, devops, sent, events, update, bare, store } = await bench();
  // The first call meets its time limit, and the next try is answered.
  devops.faults.add({ action: { kind: 'latency', milliseconds: 3_600_000 }, times: 1 });
  const updates = services.map((service) => update(service, '2'));
  const all = updates.map((one) => deliver(one));
  await Promise.all(all);
  const ofProcess = () => events.filter((event) => event === 'of the process: committed');
  await eventually(() => expect(ofProcess()).toHaveLength(services.length - share));
  expect(sent).toHaveLength(services.length - share);
  const tip = await git(['rev-parse', 'main'], bare);
  for (const { job } of sent.splice(0)) await deliver(job.body as TagUpdate);
  expect(sent).toEqual([]);
  expect(events.filter((event) => event === 'done-before')).toHaveLength(services.length - share);
  expect(await git(['rev-parse', 'main'], bare)).toBe(tip);
  const states = await Promise.all(updates.map(async (one) => (await store.find(one))?.state));
  expect(states).toEqual(services.map(() => 'committed'));
}, 60_000);

test('a registry that hangs holds its share; the Git host of its updates is not silent', async () => {
  const standIn = await startStandIn({ tokens: ['local-identity'] });
  standIn.setFaults(() => ({ delayMs: 60_000 }));
  const localEndpoints = { 'contoso.azurecr.io': standIn.url };
  const registry = (deps: Pick<RegistryDeps, 'hosts'>) => makeAsker({ localEndpoints }, deps).registry;
  const { deliver, sent, update } = await bench({ registry });
  const ended: string[] = [];
  const all = services.map((service) => deliver(update(service, '2')).then(() => ended.push(service)));
  await eventually(() => expect(ended).toHaveLength(services.length - share));
  expect(sent.map(({ job, delaySeconds }) => [job.retry?.code, delaySeconds])).toEqual(
    services.slice(share).map(() => ['host-busy', 60]),
  );
  await standIn.close();
  await Promise.all(all);
}, 30_000);

const collection = 'https://dev.azure.com/contoso';
const builtRoutes = `
defaults: { repository: ${collection}/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { order: newest } } }
routes:
  api:
    image: contoso.azurecr.io/api
    build: { definition: shop-ci, tag: 'main-{buildId}' }
    update: [{ file: a.yaml, helm: { tag: image.tag } }]
    environments: [dev]
`;

/** The whole app with its share of places, and service hooks of builds of `shop-ci`. */
async function builtBench(registryUrl?: string) {
  const { devops, connectionString } = await deliveryBench({ routes: builtRoutes, files: { 'a.yaml': 'image: {}\n' } });
  const hosts = new HostShare(share, now);
  const endpoints = {
    [collection]: `${devops.url}/contoso`,
    ...(registryUrl !== undefined && { 'contoso.azurecr.io': registryUrl }),
  };
  const environment = {
    ...appSettings({ storage: { connectionString }, devops, token: 'token', routes: builtRoutes }),
    LOCAL_ENDPOINTS: JSON.stringify(endpoints),
    VERIFY_IMAGE: String(registryUrl !== undefined),
  };
  const { worker } = composeApp(environment, (given, settings, userAgent) => ({
    ...connect(given, settings, userAgent),
    services: makeServices(settings, { userAgent, hosts }),
    hosts,
  }));
  const sent: unknown[] = [];
  const log: Log = (_level, event, fields) =>
    void (event === 'rescheduled' && sent.push([fields?.['code'], fields?.['seconds']]));
  const hook = (id: number): Promise<void> => {
    const body = { kind: 'build', eventId: String(id), build: { collection, project: 'shop', id } };
    return worker.run({ kind: 'devops-event', body }, log);
  };
  return { devops, sent, hook };
}

const busy = services.slice(share).map(() => ['host-busy', 60]);

test.each([
  ['of builds of their own', [1, 2, 3, 4, 5, 6]],
  ['that ask for one build', [1, 1, 1, 1, 1, 1]],
])(
  'service hooks %s, whose Azure DevOps hangs, hold its share; the others go back before its time limit',
  async (_name, ids) => {
    const { devops, sent, hook } = await builtBench();
    devops.faults.add({ action: { kind: 'latency', milliseconds: 3_600_000 } });
    const ended: number[] = [];
    const all = ids.map((id) => hook(id).then(() => ended.push(id)));
    await eventually(() => expect(ended).toHaveLength(ids.length - share));
    expect(sent).toEqual(busy);
    await devops.close();
    await Promise.all(all);
  },
  30_000,
);

test('service hooks of builds whose registry hangs hold its share', async () => {
  const standIn = await startStandIn({ tokens: ['local-identity'] });
  const { devops, sent, hook } = await builtBench(standIn.url);
  standIn.setFaults(() => ({ delayMs: 60_000 }));
  const repository = { id: 'r1', type: 'TfsGit', name: 'api', url: `${collection}/shop/_git/api` } as const;
  const definition = { id: 12, name: 'shop-ci' };
  const ended: number[] = [];
  const all = services.map(() => {
    const started = { organization: 'contoso', project: 'shop', definition, repository, sourceVersion: 'a'.repeat(40) };
    const { id } = devops.builds.start(started);
    devops.builds.finish(id, 'succeeded');
    return hook(id).then(() => ended.push(id));
  });
  await eventually(() => expect(ended).toHaveLength(services.length - share));
  expect(sent).toEqual(busy);
  await standIn.close();
  await Promise.all(all);
}, 60_000);
