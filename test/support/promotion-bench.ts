import { randomUUID } from 'node:crypto';
import { git } from '../../local/git.ts';
import { makeDeliverUpdate } from '../../src/lib/delivery/deliver-update.ts';
import { makeFollowHandler } from '../../src/lib/delivery/propose/follow-handler.ts';
import { followPullRequest } from '../../src/lib/delivery/propose/follow-pull-requests.ts';
import { makeDeploymentIndex } from '../../src/lib/deployments/deployment-index.ts';
import { listEnvironments } from '../../src/lib/deployments/list-environments.ts';
import { recordQueued } from '../../src/lib/deployments/record-outcome.ts';
import { makePromotionEffect } from '../../src/lib/effects/promotion-effect.ts';
import { runEffects } from '../../src/lib/effects/run-effects.ts';
import { moveTo } from '../../src/lib/model/deployment.ts';
import { tagUpdateSchema, updateId } from '../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { makeDecidePromotions } from '../../src/lib/promotion/decide-promotions.ts';
import { followResult } from '../../src/lib/promotion/follow-result.ts';
import { makeJudge, makeJudgeSources } from '../../src/lib/promotion/judge.ts';
import { sweepPromotions } from '../../src/lib/promotion/sweep.ts';
import type { Registry } from '../../src/lib/registry/registry.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import { makeSettleStore } from '../../src/lib/settling/settle-store.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../src/lib/work/due-store.ts';
import type { Job } from '../../src/lib/work/envelope.ts';
import { deliveryBench } from './delivery.ts';
import { gitops, syncResult, zero } from './settling.ts';
import { unbounded } from './unbounded.ts';

const routesOf = (more: string, digests: boolean) => `
defaults:
  repository: ${gitops}
  branch: main
  delivery: commit
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag${digests ? ', digest: image.digest' : ''} } }]
    application: argocd/api-{environment}
    environments:
      dev: { tags: { match: '^(\\d+)$', order: numeric } }
      e2e: { tags: { match: '^(\\d+)$', order: numeric } }
${more}
`;
const chain = `
      staging: { promoteFrom: dev }
      prod: { promoteFrom: staging }`;
/** The digest of an image in tests, by a letter. */
export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
export const values = (tag: string, of: string) => `image: { tag: "${tag}", digest: "${digest(of)}" }\n`;
const files = Object.fromEntries(
  ['dev', 'e2e', 'staging', 'prod'].map((name) => [`${name}.yaml`, values('1', '1')] as const),
);
const silent = () => undefined;

/** Delivery and promotion on real storage, the emulator and a real repository; the test says what becomes healthy. */
export async function promotionBench(
  more = chain,
  {
    digests = true,
    registry,
    files: own = files,
  }: {
    readonly digests?: boolean;
    readonly registry?: Registry;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
) {
  const text = routesOf(more, digests);
  const verification = registry ? { registry } : {};
  const delivery = await deliveryBench({ routes: text, files: own });
  const { table } = loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [] });
  if (!table) throw new Error('the routes have errors');
  const rows = makeTableRows({ AzureWebJobsStorage: delivery.connectionString });
  const [index, due, results] = [makeDeploymentIndex(rows), makeDueStore(rows), makeSettleStore(rows)];
  // Commits of the Git host have the time of this machine.
  const clock = { minute: Math.ceil((Date.now() - zero) / 60_000) + 1 };
  const now = () => new Date(zero + clock.minute * 60_000);
  const { store } = delivery;
  const repositories = delivery.openRepositories();
  const routes = () => Promise.resolve(table);
  const queue: Job[] = [];
  const send = (job: Job) => Promise.resolve(void queue.push(JSON.parse(JSON.stringify(job)) as Job));
  const context = { log: silent, isSuspect: false, isWaiting: false };
  const asked: string[] = [];
  const askArgoCd = (application: string): void => void asked.push(application);
  const judging = { routes, index, store, repositories, lastResult: results.lastResult, askArgoCd, now };
  const judge = makeJudge(judging);
  const handler = makeDeliverUpdate({
    missed: { note: () => Promise.resolve() },
    apply: delivery.worker({
      judge,
      now,
      ...verification,
      sendMoved: (update) => send({ kind: 'tag-update', body: update }),
    }),
    store,
    due,
    now,
    withEffects: (_key, _log, work) => work(),
    ...unbounded,
    findEnvironment: delivery.findEnvironment,
  });
  const decide = makeDecidePromotions({ routes, store, index, send, ...verification });
  const effect = makePromotionEffect({
    routes,
    store,
    repositories,
    lastResult: results.lastResult,
    ...verification,
    decide: async (job) => void (await decide.run(job, context)),
  });

  const follow = makeFollowHandler((pullRequest, log) =>
    followPullRequest(pullRequest, log, {
      store,
      now,
      repositories,
      judge,
      judgeSources: makeJudgeSources(judging),
      newId: randomUUID,
      sendMoved: () => Promise.reject(new Error('pull requests move no tag')),
      findEnvironment: delivery.findEnvironment,
      freezes: () => Promise.resolve({ freezes: [], readAt: now() }),
    }),
  );
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift())
      await (job.kind === 'pull-request' ? follow : handler).run(job.body, context);
  };
  const find = async (environment: string, tag: string, of: string) => {
    const image = { registry: 'contoso.azurecr.io', repository: 'api', tag, digest: digest(of) };
    return store.find({ id: updateId('api', environment, image, digests), route: 'api', environment });
  };
  const push = async (environment: string, tag: string, of: string): Promise<TagUpdate> => {
    const image = { registry: 'contoso.azurecr.io', repository: 'api', tag, digest: digest(of) };
    const id = updateId('api', environment, image, digests);
    const pushedAt = now().toISOString();
    const update = tagUpdateSchema.parse({ id, route: 'api', environment, image, pushedAt, cause: { kind: 'push' } });
    await recordQueued(update, gitops, store, now());
    await handler.run(update, context);
    return update;
  };
  /** The application of an environment reports its health at the tip. */
  const report = async (environment: string, health: 'Healthy' | 'Degraded', reconciledAt = clock.minute) => {
    const application = `argocd/api-${environment}`;
    const revision = (await git(['rev-parse', 'main'], delivery.bare)).trim();
    const result = syncResult({ application, revision, health, healthSince: reconciledAt, reconciledAt });
    await results.keep(application, { result, receivedAt: now().toISOString() });
  };
  /** The deployment becomes healthy, and its effects run. */
  const becomeHealthy = async (environment: string, tag: string, of: string): Promise<void> => {
    const record = await find(environment, tag, of);
    if (record?.state !== 'committed') throw new Error(`${environment} ${tag} is ${record?.state}`);
    await report(environment, 'Healthy');
    await store.update(record.update, (current) => current && moveTo(current, 'healthy', {}, now()));
    await runEffects([record.update], silent, { store, effects: [effect] });
  };
  /** A result arrives that changes no record. */
  const hear = async (environment: string, health: 'Healthy' | 'Degraded'): Promise<void> => {
    await report(environment, health);
    await followResult(`argocd/api-${environment}`, now(), silent, {
      routes,
      store,
      index,
      results,
      repositories,
      collections: [],
      send,
      ...verification,
    });
    await work();
  };
  /** @returns the number of decisions */
  const sweep = async (): Promise<number> => {
    const jobs: Job[] = [];
    await sweepPromotions(silent, {
      routes,
      listEnvironments: () => listEnvironments(rows),
      send: (job) => Promise.resolve(void jobs.push(job)),
    });
    for (const job of jobs) await decide.run(job.body, context);
    await work();
    return jobs.length;
  };
  return {
    ...delivery,
    asked,
    due,
    clock,
    queue,
    work,
    find,
    push,
    report,
    hear,
    becomeHealthy,
    sweep,
    again: handler,
    context,
    now,
  };
}
