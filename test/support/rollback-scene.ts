import { git } from '../../local/git.ts';
import { rollbackId } from '../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { rollbackBench } from './rollback-bench.ts';
import type { RollbackBenchOptions } from './rollback-bench.ts';
import { healthyAt, syncResult } from './settling.ts';

export const routesFor = (more = '', second = ''): string => `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: apps/api.yaml, helm: { tag: image.tag } }]
    application: argocd/shop-dev
    failureAfter: 5m
    onFailure: revert
    ${more}
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
  ${second}
`;
export const file = 'apps/api.yaml';
export const values = (tag: string) => `image: { tag: "${tag}" }\n`;

export type Bench = Awaited<ReturnType<typeof rollbackBench>>;

export async function start(options: Partial<RollbackBenchOptions> = {}) {
  const bench = await rollbackBench({ routes: routesFor(), files: { [file]: values('1') }, ...options });
  const tip = async () => (await git(['rev-parse', 'main'], bench.bare)).trim();
  return { ...bench, tip };
}

/** 2 is healthy, then 3 is committed. */
export async function deployed(options: Partial<RollbackBenchOptions> = {}) {
  const bench = await start(options);
  const two = await bench.deliver(bench.update('api', '2'));
  await bench.report(healthyAt(two, 50));
  const update = bench.update('api', '3');
  return { ...bench, update3: update, two, three: await bench.deliver(update) };
}

/** The sync of a revision failed at a minute. */
export function failedAt(revision: string, minute: number) {
  const operation = { phase: 'Failed', startedAt: minute - 1, finishedAt: minute } as const;
  return syncResult({
    revision,
    operation,
    sync: 'OutOfSync',
    health: 'Healthy',
    reconciledAt: minute,
    message: 'no quota',
  });
}

export function degradedAt(revision: string, minute: number, since = minute - 6) {
  const operation = { startedAt: since - 2, finishedAt: since - 1 };
  return syncResult({ revision, operation, health: 'Degraded', healthSince: since, reconciledAt: minute });
}

export const recordOf = (bench: Bench, update: TagUpdate) => bench.store.find(update);
export const rollbackRecord = ({ store }: Bench, update: TagUpdate) =>
  store.find({ ...update, id: rollbackId(update.id) });

/** The record's text on the rollback that was not made; there is no record of the rollback. */
export async function refusalOf(bench: Bench, update: TagUpdate): Promise<string> {
  const [record, made] = [await recordOf(bench, update), await rollbackRecord(bench, update)];
  const [, reason] = /^not rolled back: (.*)/.exec(record?.recovery ?? '') ?? [];
  return made ? `the rollback is ${made.state}` : `${reason}`;
}
