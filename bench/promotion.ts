import { moveTo, queued } from '../src/lib/model/deployment.ts';
import type { Deployment } from '../src/lib/model/deployment.ts';
import { parseTrailers } from '../src/lib/model/trailers.ts';
import { updateId } from '../src/lib/model/tag-update.ts';
import { Table } from './delivery/table.ts';
import { digestOf, repository, startStage } from './promotion/stage.ts';
import type { Calls } from './promotion/stage.ts';

/*
 * npm run bench -- promotion [--names]
 *
 * Calls to storage and to the Git host for one healthy result in a family of routes with three environments: until its
 * promotion is decided, and for the plan that commits it. Goals: at most 12 storage calls and 3 Git calls to decide, for
 * any number of routes and records. Then 300 held updates at the opening of a window: spread over its first half hour,
 * nothing lost, at most 20 updates in a commit.
 */
const start = new Date('2026-11-23T06:00:00Z');
const environments = ['dev', 'staging', 'prod'] as const;
const showsNames = process.argv.includes('--names');
const minuteMs = 60_000;

const calls = new Table([
  'routes',
  'records',
  'result, without promotion',
  'with its decision',
  'of it promotion',
  'plan and commit',
]);
for (const [services, records] of [
  [50, 1_000],
  [500, 1_000],
  [50, 50_000],
  [500, 50_000],
] as const)
  calls.add(await measureOne(services, records));
calls.print();
await measureOpening(300);

function routesOf(promotes: boolean, windows = ''): string {
  return `
defaults: { repository: '${repository}', branch: main, delivery: commit }
routes:
  shop/{service}:
    image: contoso.azurecr.io/shop/{service}
    update: [{ file: 'apps/{service}/{environment}.yaml', helm: { tag: image.tag, digest: image.digest } }]
    application: argocd/{service}-{environment}
    environments:
      dev: { tags: { match: '^(\\d+)$', order: numeric }${windows} }
      ${promotes ? 'staging: { promoteFrom: dev }' : "staging: { tags: { match: '^s(\\d+)$', order: numeric } }"}
      ${promotes ? 'prod: { promoteFrom: staging }' : "prod: { tags: { match: '^p(\\d+)$', order: numeric } }"}
`;
}

function filesOf(services: number, tagOf: (service: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names(services).flatMap((service) =>
      environments.map((environment) => {
        const tag = tagOf(service);
        return [
          `apps/${service}/${environment}.yaml`,
          `image: { tag: "${tag}", digest: "${digestOf(`shop/${service} ${tag}`)}" }\n`,
        ] as const;
      }),
    ),
  );
}

function names(services: number): readonly string[] {
  return Array.from({ length: services }, (_, number) => `service-${number}`);
}

/** Records of every environment, in turn; the last one of each is healthy. */
function recordOf(n: number, services: number, count: number): Deployment {
  const service = `service-${n % services}`;
  const environment = environments[Math.floor(n / services) % environments.length] ?? 'dev';
  const tag = String(1 + Math.floor(n / services / environments.length));
  const route = `shop/${service}`;
  const digest = digestOf(`${route} ${tag}`);
  const image = { registry: 'contoso.azurecr.io', repository: route, tag, digest };
  const at = new Date(start.getTime() - 100 * 24 * 60 * minuteMs + n * 1_000);
  const id = updateId(route, environment, image, true);
  const update = { id, route, environment, image, pushedAt: at.toISOString(), cause: { kind: 'push' } as const };
  const applications = [`argocd/${service}-${environment}`];
  const committed = moveTo(
    queued(update, repository, at),
    'committed',
    { branch: 'main', commit: id.padEnd(40, '0'), applications },
    at,
  );
  const healthy = { ...moveTo(committed, 'healthy', {}, at), health: { digest }, followed: '1' };
  if (n + services * environments.length >= count) return healthy;
  // Results change no record of an earlier application.
  const { applications: _applications, ...old } = moveTo(healthy, 'superseded', {}, at);
  return old;
}

async function measureOne(services: number, count: number): Promise<readonly string[]> {
  const records = Array.from({ length: count }, (_, n) => recordOf(n, services, count));
  const newest = String(1 + Math.ceil(count / services / environments.length));
  const found = await Promise.all([true, false].map((promotes) => measure(services, records, newest, promotes)));
  const [withPromotion, without] = found;
  if (!withPromotion || !without) throw new Error('nothing was measured');
  const [storage, git] = [
    withPromotion.result.storage.length - without.result.storage.length,
    withPromotion.result.git.length - without.result.git.length,
  ];
  if (storage > 12 || git > 3) process.exitCode = 1;
  const { result, plan } = withPromotion;
  return [services, count, show(without.result), show(result), `${storage} + ${git}`, show(plan)].map(String);
}

/** The calls of the second image of a process: the first one fills its caches. */
async function measure(services: number, records: readonly Deployment[], newest: string, promotes: boolean) {
  const files = filesOf(services, () => newest);
  const stage = startStage({ routes: routesOf(promotes), files, records, start });
  let last: { readonly result: Calls; readonly plan: Calls } | undefined;
  for (const service of ['service-1', 'service-2', 'service-3']) {
    stage.push(`shop/${service}`, String(Number(newest) + 1));
    await stage.work();
    stage.time.now += minuteMs;
    stage.healthy(`argocd/${service}-dev`, `apps/${service}`);
    const result = await stage.callsOf(() => stage.work(1, 1));
    const plan = await stage.callsOf(() => stage.work());
    last = { result, plan };
    stage.time.now += minuteMs;
  }
  if (!last) throw new Error('nothing was measured');
  return last;
}

/** Calls to storage and to the Git host; the posts of statuses and questions to the registry do not count. */
function show({ storage, git, registry }: Calls): string {
  if (showsNames) process.stderr.write(`${[...storage, ...git, ...registry].join('\n')}\n\n`);
  return `${storage.length} + ${git.length}`;
}

async function measureOpening(held: number): Promise<void> {
  const opens = Date.parse('2026-11-23T08:00:00Z');
  const windows = `, windows: [{ kind: allow, schedule: '0 8 * * *', duration: 8h, timeZone: UTC }]`;
  const stage = startStage({ routes: routesOf(true, windows), files: filesOf(held, () => '1'), records: [], start });
  for (const service of names(held)) stage.push(`shop/${service}`, '2');
  await stage.work(32);
  const before = stage.git.mainline('main').length;
  const table = new Table(['minute', 'commits', 'updates', 'most in a commit']);
  stage.time.now = opens - minuteMs;
  const seen = new Set<string>();
  let [most, last] = [0, 0];
  for (let minute = -1; minute <= 45; minute += 1) {
    await stage.app.runPeriodic(() => undefined);
    await stage.work(32);
    const commits = stage.git
      .mainline('main')
      .slice(before)
      .filter(({ id }) => !seen.has(id));
    const sizes = commits.map(({ message }) => parseTrailers(message).length);
    for (const { id } of commits) seen.add(id);
    if (commits.length > 0) {
      last = minute;
      most = Math.max(most, ...sizes);
      table.add([minute, commits.length, sizes.reduce((a, b) => a + b, 0), Math.max(...sizes)].map(String));
    }
    stage.time.now += minuteMs;
  }
  table.print();
  const tip = stage.git.branches.get('main') ?? '';
  const lost = names(held).filter((service) => !stage.git.text(tip, `apps/${service}/dev.yaml`)?.includes('tag: "2"'));
  process.stdout.write(
    `${held} held updates: the last in minute ${last}, at most ${most} in a commit, ${lost.length} lost\n`,
  );
  if (lost.length > 0 || most > 20) process.exitCode = 1;
}
