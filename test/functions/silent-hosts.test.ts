import type { InvocationContext } from '@azure/functions';
import { describe, expect, test } from 'vitest';
import { git } from '../../local/git.ts';
import { makeWork } from '../../src/functions/work.ts';
import { makeDeliverUpdate } from '../../src/lib/delivery/deliver-update.ts';
import { parseLogLine } from '../../src/lib/model/log.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { HostShare } from '../../src/lib/net/host-share.ts';
import type { RegistryDeps } from '../../src/lib/registry/make-registry.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../src/lib/work/due-store.ts';
import type { Job } from '../../src/lib/work/envelope.ts';
import { makeWorker } from '../../src/lib/work/worker.ts';
import type { JobHandlers } from '../../src/lib/work/worker.ts';
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
