import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startDevOps } from '../../local/devops/devops.ts';
import type { DevOps } from '../../local/devops/devops.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { pushWebhook } from '../../local/webhook.ts';
import { parseLogLine } from '../../src/lib/model/log.ts';
import { startFleet } from '../../test/campaign/fleet.ts';
import { appSettings } from '../../test/support/app-settings.ts';
import { postToApp } from '../support/post-to-app.ts';

/** Latency of every request to the Git host, for everyone. */
export const latencyMs = 40;
const pollingInterval = 'AzureFunctionsJobHost__extensions__queues__maxPollingInterval';

const root = join(import.meta.dirname, '..', '..');
const token = randomUUID();
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
routes:
  '{team}/{service}':
    image: contoso.azurecr.io/{team}/{service}
    update: [{ file: 'apps/{team}/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;

/** The Git host, the storage, and processes of the app. */
export interface Stage {
  readonly devops: DevOps;
  /** For Git clients. */
  readonly gitUrl: string;
  /** The token that the Git host takes. */
  readonly token: string;
  /** Tells the app that an image was pushed; accepted when it settles. */
  readonly push: (repository: string, tag: string) => Promise<void>;
  /** Settles when so many updates more have ended, each counted once, with their ends. */
  readonly ended: (count: number) => Promise<readonly EndedUpdate[]>;
  /** How often a message was sent again, so far, by code. */
  readonly sentAgain: ReadonlyMap<string, number>;
  /** The highest resident set of a process, in bytes. */
  readonly peakMemory: () => number;
  /** Collects garbage. The most bytes that the heap of a process then holds. */
  readonly liveHeap: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface EndedUpdate {
  /** What became of it: `committed`, … */
  readonly event: string;
  /** How long the delivery took, in milliseconds. */
  readonly ms: number;
}

const ends = new Set(['committed', 'up-to-date', 'superseded', 'done-before']);

/**
 * @param polling how often idle queues are asked: often, or as `host.json` says
 * @param more settings of the app besides; other routes among them
 */
export async function startStage(
  bare: string,
  processes: number,
  polling: 'often' | 'as deployed',
  more: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const storage = await startStorage();
  const devops = await startDevOps({
    port: 0,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: bare }],
    tokens: [token],
  });
  devops.faults.latency = latencyMs;
  const known = new Set<string>();
  const done: EndedUpdate[] = [];
  const sentAgain = new Map<string, number>();
  const waiting: { readonly count: number; readonly resolve: (ended: readonly EndedUpdate[]) => void }[] = [];
  const onLine = (_process: number, text: string): void => {
    const { event, fields } = parseLogLine(text) ?? {};
    const code = fields?.['code'];
    if (event === 'rescheduled' && code !== undefined) sentAgain.set(code, (sentAgain.get(code) ?? 0) + 1);
    const update = fields?.['update'];
    if (event === undefined || update === undefined || !ends.has(event) || known.has(update)) return;
    known.add(update);
    done.push({ event, ms: Number(fields?.['ms'] ?? 0) });
    const next = waiting.at(0);
    if (next && done.length >= next.count) {
      waiting.shift();
      next.resolve(done.splice(0, next.count));
    }
  };
  const { [pollingInterval]: often = '', ...base } = appSettings({ storage, devops, token, routes });
  const settings = { ...base, ...more };
  const fleet = await startFleet({
    size: processes,
    app: {
      root,
      masterKey: token,
      leaseSeconds: 30,
      settings: polling === 'often' ? { ...settings, [pollingInterval]: often } : settings,
    },
    killEveryMs: undefined,
    random: Math.random,
    onLine,
    onFatal: (reason) => {
      throw new Error(reason);
    },
  });
  const gitUrl = new URL(`${devops.url}/contoso/platform/_git/gitops`);
  gitUrl.username = 'pipeline';
  gitUrl.password = token;
  return {
    devops,
    gitUrl: gitUrl.href,
    token,
    push: (repository, tag) =>
      postToApp(
        { url: fleet.functions(), key: token },
        'webhooks/acr',
        pushWebhook({ registry: 'contoso.azurecr.io', repository, tag }, new Date()),
      ),
    ended: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    sentAgain,
    peakMemory: fleet.peakMemory,
    liveHeap: fleet.liveHeap,
    async close() {
      await fleet.stop();
      await devops.close();
      await storage.close();
    },
  };
}
