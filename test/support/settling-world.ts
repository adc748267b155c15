import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { readFacts } from '../../src/lib/settling/read-facts.ts';
import { settleResult } from '../../src/lib/settling/settle-result.ts';
import { syncJobSchema } from '../../src/lib/settling/sync-job.ts';
import type { SettleResultDeps } from '../../src/lib/settling/settle-result.ts';
import type { SyncJob } from '../../src/lib/settling/sync-job.ts';
import type { KeptResult } from '../../src/lib/settling/settle-store.ts';
import { makeSettleEffect } from '../../src/lib/effects/settle-effect.ts';
import { operationOrder } from '../../src/lib/intake/sync-result-order.ts';
import type { SyncResult } from '../../src/lib/intake/sync-result.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import { updateId } from '../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { gitops, syncResult, zero } from './settling.ts';

const application = 'argocd/shop-dev';
const routes = `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: ${gitops}
    branch: main
    delivery: commit
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    application: ${application}
    failureAfter: 12m
    environments: { dev: { tags: { order: newest } } }
`;
const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], { azureDevOpsCollections: [], registries: [] });
const environment = table?.find('contoso.azurecr.io/api', 'dev')?.environment;
const commitId = (index: number): string => index.toString(16).padStart(40, '0');
const indexOf = (commit: string): number => Number.parseInt(commit, 16);
const silent = (): void => undefined;

/** One application: a history of values, an Argo CD that rolls them out, and the records that its results settle. */
export class World {
  minute = 0;
  readonly #values = ['0'];
  readonly #unrecorded: { readonly update: TagUpdate; readonly commit: string }[] = [];
  readonly #heard: SyncResult[] = [];
  readonly #jobs: { readonly at: number; readonly job: SyncJob }[] = [];
  readonly records = new Map<string, Deployment>();
  /** Values that have run healthy. */
  readonly ran = new Set(['0']);
  #last: KeptResult | undefined;
  #live = 0;
  #compared = 0;
  #operation: { startedAt: number; finishedAt?: number; phase: 'Running' | 'Succeeded' | 'Failed'; at: number } = {
    startedAt: 0,
    finishedAt: 0,
    phase: 'Succeeded',
    at: 0,
  };
  #health: 'Healthy' | 'Degraded' | 'Progressing' = 'Healthy';
  #told: SyncResult['health']['status'] = 'Healthy';
  #sync: 'Synced' | 'OutOfSync' = 'Synced';
  #since = 0;
  #reconciledAt = 0;
  readonly #deps: SettleResultDeps = {
    now: () => new Date(zero + this.minute * 60_000),
    findEnvironment: () => Promise.resolve(environment),
    factsOf: (result) => readFacts(result, gitops, []),
    revisions: {
      learn: () => Promise.resolve(),
      holds: (_repository, commit, revision) => Promise.resolve(indexOf(revision) >= indexOf(commit)),
      valueAt: ({ update }, revision) =>
        Promise.resolve(this.#values[indexOf(revision)] === update.image.tag ? 'own' : 'other'),
    },
    findForcedAway: () => Promise.resolve(undefined),
    holderOf: () => Promise.resolve(undefined),
    send: ({ body }) => {
      this.#jobs.push({ at: this.minute, job: syncJobSchema.parse(body) });
      return Promise.resolve();
    },
    sendLater: (_key, { body }, delaySeconds) => {
      this.#jobs.push({ at: this.minute + delaySeconds / 60, job: syncJobSchema.parse(body) });
      return Promise.resolve();
    },
    withEffects: (_key, _log, work) => work(),
    resources: () => Promise.resolve(undefined),
    followPullRequest: () => Promise.resolve(),
    store: {
      find: ({ id }) => Promise.resolve(this.records.get(id)),
      update: ({ id }, change) => {
        const next = change(this.records.get(id));
        if (next) this.records.set(id, next);
        return Promise.resolve();
      },
    },
    results: {
      lastResult: () => Promise.resolve(this.#last),
      keep: (_application, kept) => {
        const isLast = !this.#last || operationOrder(this.#last.result, kept.result) <= 0;
        if (isLast) this.#last = kept;
        return Promise.resolve(isLast);
      },
      open: () =>
        Promise.resolve([...this.records.values()].map((deployment) => ({ rowKey: deployment.update.id, deployment }))),
      drop: () => Promise.resolve(),
      users: () => Promise.resolve([]),
      recordFollowed: () => Promise.resolve(),
      isShared: () => Promise.resolve(false),
      waiting: () => Promise.resolve([]),
      recordCheck: () => Promise.resolve(),
      changeAsk: () => Promise.resolve(),
    },
    newId: () => 'x',
    asker: { knows: () => false, ask: () => undefined, startSync: () => undefined },
  };

  deploy(): void {
    const tag = String(this.#values.length);
    this.#values.push(tag);
    const image = { registry: 'contoso.azurecr.io', repository: 'api', tag };
    const pushedAt = new Date(zero).toISOString();
    const id = updateId('api', 'dev', image, false);
    const update = { id, route: 'api', environment: 'dev', image, pushedAt, cause: { kind: 'push' as const } };
    this.#unrecorded.push({ update, commit: commitId(this.#values.length - 1) });
  }

  /** A person takes the last change back, or changes something else. */
  edit(isRevert: boolean): void {
    const tip = this.#values.at(-1) ?? '';
    const former = this.#values.findLast((value) => value !== tip);
    this.#values.push(isRevert ? (former ?? tip) : tip);
  }

  refresh(): void {
    this.#compared = this.#values.length - 1;
    this.#look();
  }

  sync(): void {
    if (this.#operation.phase === 'Running') return;
    this.#operation = { startedAt: this.minute, phase: 'Running', at: this.#compared };
    this.#tell();
  }

  endSync(phase: 'Succeeded' | 'Failed'): void {
    if (this.#operation.phase !== 'Running') return;
    const { at } = this.#operation;
    if (phase === 'Succeeded' && this.#values[this.#live] !== this.#values[at]) this.#health = 'Progressing';
    if (phase === 'Succeeded') this.#live = at;
    this.#operation = { ...this.#operation, phase, finishedAt: this.minute };
    // With health and sync status as they were before.
    this.#tell();
  }

  become(health: 'Healthy' | 'Degraded'): void {
    this.#health = health;
    this.#look();
  }

  #look(): void {
    this.#sync = this.#values[this.#live] === this.#values[this.#compared] ? 'Synced' : 'OutOfSync';
    if (this.#told !== this.#health) this.#since = this.minute;
    this.#told = this.#health;
    this.#reconciledAt = this.minute;
    if (this.#health === 'Healthy') this.ran.add(this.#values[this.#live] ?? '');
    this.#tell();
  }

  #tell(): void {
    const { at, ...operation } = this.#operation;
    this.#heard.push(
      syncResult({
        revision: commitId(this.#compared),
        sync: this.#sync,
        health: this.#told,
        healthSince: this.#since,
        operation: { ...operation, revision: commitId(at) },
        reconciledAt: this.#reconciledAt,
      }),
    );
  }

  /** A result arrives: once, once and again later, or never. */
  async hear(which: number, how: 'once' | 'again' | 'never'): Promise<void> {
    const at = which % Math.max(1, this.#heard.length);
    const result = this.#heard[at];
    if (how !== 'again') this.#heard.splice(at, 1);
    if (result && how !== 'never') await settleResult({ application, result }, silent, this.#deps);
  }

  async record(which: number): Promise<void> {
    const [one] = this.#unrecorded.splice(which % Math.max(1, this.#unrecorded.length), 1);
    if (!one) return;
    const start = queued(one.update, gitops, this.#deps.now());
    const record = moveTo(start, 'committed', { commit: one.commit, applications: [application] }, this.#deps.now());
    this.records.set(one.update.id, record);
    await makeSettleEffect(this.#deps)(record, silent);
  }

  async work(): Promise<void> {
    for (let at = 0; at >= 0;) {
      at = this.#jobs.findIndex((one) => one.at <= this.minute);
      const [due] = at < 0 ? [] : this.#jobs.splice(at, 1);
      if (due) await settleResult(due.job, silent, this.#deps);
    }
  }

  /** Argo CD comes to rest, and all that it has said arrives. */
  async rest(): Promise<void> {
    this.minute += 1;
    this.endSync('Succeeded');
    this.refresh();
    this.minute += 1;
    this.sync();
    this.minute += 1;
    this.endSync('Succeeded');
    this.minute += 1;
    this.become('Healthy');
    while (this.#heard.length > 0) await this.hear(0, 'once');
    // Only the last result can settle these.
    while (this.#unrecorded.length > 0) await this.record(0);
    this.minute += 60;
    await this.work();
  }
}
