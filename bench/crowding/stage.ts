import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startDevOps } from '../../local/devops/devops.ts';
import { git } from '../../local/git.ts';
import { seedServices, serviceName } from '../../local/seed/services.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { startFleet } from '../../test/campaign/fleet.ts';
import { appSettings } from '../../test/support/app-settings.ts';
import { healthyNotification, makeLines } from '../support/app-log.ts';
import { postToApp } from '../support/post-to-app.ts';

/** Latency of every request to both Git hosts, in milliseconds. */
const latencyMs = 40;
const otherCollection = 'https://ado.fabrikam.example/fabrikam';
const root = join(import.meta.dirname, '..', '..');
const token = randomUUID();
const routes = `
defaults: { branch: main, delivery: commit }
environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
routes:
  '{team}/{service}':
    image: contoso.azurecr.io/{team}/{service}
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: 'apps/{team}/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
  '{probe}':
    image: fabrikam.azurecr.io/{probe}
    repository: ${otherCollection}/platform/_git/gitops
    update: [{ file: 'apps/{probe}.yaml', helm: { tag: image.tag } }]
    application: argocd/{probe}
    environments: [dev]
`;

/** One instance of the app with two Git hosts: one is crowded, the other gets probes. */
export interface CrowdedStage {
  /** Pushes a tag of that many images of the crowded host. */
  readonly pushServices: (count: number, tag: string) => Promise<void>;
  /** Settles when so many updates of the crowded host have ended, since the start. */
  readonly delivered: (count: number) => Promise<void>;
  /** From now on the crowded host accepts requests and does not answer. */
  readonly hang: () => void;
  /** One image of the other host from push to commit, then `settle`; times in milliseconds. */
  readonly probe: () => Promise<SettledTimes & { readonly other: number }>;
  /** Pushes an image of the other host, waits for its commit, and opens its gate. */
  readonly prepare: () => Promise<Probe>;
  /** Updates of the crowded host with this event in the log. */
  readonly count: (event: string) => number;
  readonly close: () => Promise<void>;
}

/** An image that is committed and has an open gate. */
export interface Probe {
  /** From push to commit, in milliseconds. */
  readonly other: number;
  /** Reports the application as healthy; times until it is settled and until the callback, in milliseconds. */
  readonly settle: () => Promise<SettledTimes>;
  /** The time from the request of another gate to its callback, once the image is healthy, in milliseconds. */
  readonly openAnother: () => Promise<number>;
}

export interface SettledTimes {
  readonly result: number;
  readonly gate: number;
}

export async function startCrowdedStage(
  folder: string,
  { services, probes }: { readonly services: number; readonly probes: number },
): Promise<CrowdedStage> {
  const storage = await startStorage();
  const [crowded, quiet] = [join(folder, 'crowded.git'), join(folder, 'quiet.git')];
  await seedServices(crowded, services);
  await seedProbes(quiet, probes);
  const hosts = await Promise.all(
    [
      { organization: 'contoso', directory: crowded },
      { organization: 'fabrikam', directory: quiet },
    ].map(({ organization, directory }) =>
      startDevOps({
        port: 0,
        repositories: [{ organization, project: 'platform', name: 'gitops', directory }],
        tokens: [token],
      }),
    ),
  );
  const [first, second] = hosts;
  if (!first || !second) throw new Error('a Git host is missing');
  for (const host of hosts) host.faults.latency = latencyMs;
  const lines = makeLines();
  const settings = {
    ...appSettings({ storage, devops: first, token, routes }),
    LOCAL_ENDPOINTS: JSON.stringify({
      'https://dev.azure.com/contoso': `${first.url}/contoso`,
      [otherCollection]: `${second.url}/fabrikam`,
    }),
    AZURE_DEVOPS_COLLECTIONS: otherCollection,
    GATE_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
  };
  const fleet = await startFleet({
    size: 1,
    app: { root, masterKey: token, leaseSeconds: 30, settings },
    killEveryMs: undefined,
    random: Math.random,
    onLine: (_process, text) => lines.add(text),
    onFatal: (reason) => {
      throw new Error(reason);
    },
  });
  const post = (path: string, body: unknown, accepted: number): Promise<void> =>
    postToApp({ url: fleet.functions(), key: token }, path, body, accepted);
  const push = (registry: string, repository: string, tag: string): Promise<void> =>
    post('webhooks/acr', pushWebhook({ registry, repository, tag }, new Date()), 202);
  let probe = 0;
  let builds = 0;

  const openGate = (name: string) => {
    // A task of a pipeline waits longer for its answer than a check.
    const build = second.builds.start({
      organization: 'fabrikam',
      project: 'platform',
      id: (builds += 1),
      definition: { id: 1, name: 'deploy' },
      repository: { id: 'r1', type: 'TfsGit', name: 'gitops', url: `${otherCollection}/platform/_git/gitops` },
      sourceVersion: 'a'.repeat(40),
    });
    const gate = second.pipeline.run(
      { build },
      {
        url: `${fleet.functions()}/api/gates`,
        key: token,
        body: JSON.stringify({ environment: 'dev', route: name, tag: '1' }),
      },
    );
    const ended = async (): Promise<number> => {
      const { result, log } = await gate.finished;
      if (result !== 'succeeded') throw new Error(`the gate ended with ${result}: ${log.join('\n')}`);
      return performance.now();
    };
    return { answered: gate.answered, ended };
  };

  async function prepare(): Promise<Probe> {
    probe += 1;
    const name = `probe${probe}`;
    const pushedAt = performance.now();
    const committed = lines.next('committed', name);
    await push('fabrikam.azurecr.io', name, '1');
    await committed;
    const other = performance.now() - pushedAt;
    const revision = (await git(['rev-parse', 'main'], quiet)).trim();
    const gate = openGate(name);
    await gate.answered;
    return {
      other,
      async settle() {
        const settled = lines.next('settled', name);
        const ended = gate.ended();
        const sentAt = performance.now();
        const result = {
          application: name,
          repository: `${otherCollection}/platform/_git/gitops`,
          revision,
          image: `fabrikam.azurecr.io/${name}:1`,
        };
        await post('webhooks/argocd', healthyNotification(result), 202);
        await settled;
        const settledAt = performance.now();
        return { result: settledAt - sentAt, gate: (await ended) - sentAt };
      },
      async openAnother() {
        const openedAt = performance.now();
        return (await openGate(name).ended()) - openedAt;
      },
    };
  }

  return {
    async pushServices(count, tag) {
      const waiting = Array.from({ length: count }, (_, index) => index);
      const send = async (): Promise<void> => {
        for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
          await push('contoso.azurecr.io', serviceName(index), tag);
        }
      };
      await Promise.all(Array.from({ length: 32 }, send));
    },
    count: (wanted) => lines.matching((event, route) => event === wanted && route.includes('/')),
    delivered: (count) => lines.count((event, route) => event === 'committed' && route.includes('/'), count),
    hang: () => void first.faults.add({ action: { kind: 'latency', milliseconds: 3_600_000 } }),
    prepare,
    async probe() {
      const { other, settle } = await prepare();
      return { other, ...(await settle()) };
    },
    async close() {
      await fleet.stop();
      for (const host of hosts) await host.close();
      await storage.close();
    },
  };
}

async function seedProbes(bare: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `probe${index + 1}`);
  await seedServices(bare, 0, Object.fromEntries(names.map((name) => [`apps/${name}.yaml`, 'image: { tag: "0" }\n'])));
}
