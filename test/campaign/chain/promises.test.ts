import { expect, test } from 'vitest';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import type { DeploymentState } from '../../../src/lib/model/deployment-states.ts';
import type { UpdateCause } from '../../../src/lib/model/update-cause.ts';
import type { Value } from '../slots.ts';
import type { SentResult } from './argo-cd.ts';
import type { ChainChange, ChainHistory } from './history.ts';
import { findChainViolations, findRollbackViolations } from './promises.ts';
import type { ChainAftermath } from './promises.ts';
import { buildOf, chainEnvironments, firstChainValue, imageOf, routeOf } from './routes.ts';
import type { ChainEnvironment } from './routes.ts';

/*
 * The campaign is worth what its checks find: a world in which every promise is kept, and what they say when one thing in
 * it is wrong.
 */
const branch = 'b00';
const start = Date.parse('2026-11-20T10:00:00Z');
const build = (number: number): Value => (number === 0 ? firstChainValue : buildOf(branch, number));
const idOf = (name: string): string => Buffer.from(name.padEnd(16, '-')).toString('hex');
const push: UpdateCause = { kind: 'push' };
const from = (environment: string, name: string, now = false): UpdateCause => ({
  kind: 'promotion',
  from: [{ environment, id: idOf(name) }],
  ...(now && { ordered: { reason: 'r', now: true } }),
});
const rollback = (of: string, number: number, automatic: boolean): UpdateCause => {
  const { tag, digest } = build(number);
  return { kind: 'rollback', of: idOf(of), automatic, reason: 'r', from: `${tag}@${digest}` };
};

interface Step {
  readonly name: string;
  readonly environment: ChainEnvironment;
  readonly number: number;
  readonly cause: UpdateCause;
  readonly isHealthy?: boolean;
}

/** 1 goes to prod by order; 2 fails in stage, which goes back; dev goes back to 1 by order. */
const steps: readonly Step[] = [
  { name: 'dev 1', environment: 'dev', number: 1, cause: push },
  { name: 'stage 1', environment: 'stage', number: 1, cause: from('dev', 'dev 1') },
  { name: 'prod 1', environment: 'prod', number: 1, cause: from('stage', 'stage 1', true) },
  { name: 'dev 2', environment: 'dev', number: 2, cause: push },
  { name: 'stage 2', environment: 'stage', number: 2, cause: from('dev', 'dev 2'), isHealthy: false },
  { name: 'back in stage', environment: 'stage', number: 1, cause: rollback('stage 2', 2, true) },
  { name: 'back in dev', environment: 'dev', number: 1, cause: rollback('dev 2', 2, false) },
];

interface World extends ChainAftermath {
  readonly histories: ChainHistory[];
  readonly records: Deployment[];
  readonly due: string[];
  readonly sent: SentResult[];
  readonly ordered: string[];
}

const indexOf = (commit: string): number => Number(commit.replace('commit ', ''));

function worldOf(all: readonly Step[] = steps): World {
  const held = new Map<ChainEnvironment, Value>(chainEnvironments.map((one) => [one, firstChainValue]));
  const changes = new Map(chainEnvironments.map((one) => [one, [] as ChainChange[]]));
  const sent = chainEnvironments.map((environment) => resultOf(environment, 'commit 0', build(0), 0));
  const records = all.map(({ name, environment, number, cause, isHealthy = true }, index): Deployment => {
    const [value, id, commit] = [build(number), idOf(name), `commit ${index + 1}`];
    const update = {
      id,
      route: routeOf(branch),
      environment,
      image: {
        registry: 'contoso.azurecr.io',
        repository: routeOf(branch),
        tag: value.tag,
        digest: value.digest ?? '',
      },
      pushedAt: new Date(start).toISOString(),
      cause,
    };
    const minute = index + 1;
    const trailer = { route: update.route, environment, image: imageOf(branch, value), id, cause: cause.kind };
    const before = held.get(environment) ?? firstChainValue;
    changes.get(environment)?.push({ commit, index: minute, at: start + minute * 60_000, before, value, trailer });
    held.set(environment, value);
    sent.push(resultOf(environment, commit, value, minute, isHealthy));
    const state = isHealthy ? 'healthy' : 'rolled-back';
    return moveTo(queued(update, '', new Date(start)), state, { commit }, new Date(start + minute * 60_000));
  });
  const histories = chainEnvironments.map((environment) => ({
    branch,
    environment,
    changes: changes.get(environment) ?? [],
    indexOf,
  }));
  return { histories, records, due: [], sent, ordered: [idOf('prod 1'), idOf('back in dev')] };
}

function resultOf(
  environment: ChainEnvironment,
  revision: string,
  value: Value,
  minute: number,
  isHealthy = true,
): SentResult {
  const sentAt = start + minute * 60_000;
  return { branch, environment, revision, value, isHealthy, sentAt, acceptedAt: sentAt };
}

const broken = (world: World): string[] =>
  [
    ...new Set([...findChainViolations(world), ...findRollbackViolations(world)].map(({ promise }) => promise)),
  ].toSorted();

function withRecord(name: string, state: DeploymentState, more: Partial<Deployment> = {}): World {
  const world = worldOf();
  const records = world.records.map((record) =>
    record.update.id === idOf(name) ? { ...moveTo(record, state, {}, new Date(start)), ...more } : record,
  );
  return { ...world, records };
}

const replaced = (name: string, change: Partial<Step>): World =>
  worldOf(steps.map((step) => (step.name === name ? { ...step, ...change } : step)));

test('a world in which every promise is kept', () => {
  expect(broken(worldOf())).toEqual([]);
});

test('a held record waits for a job that is due', () => {
  const held = { reason: 'held: freeze', heldUntil: '2026-11-20T11:00:00Z', commit: 'commit 3' };
  const world = withRecord('prod 1', 'queued', held);
  expect(broken(world)).toContain('P1');
  world.due.push(`held ${idOf('prod 1')}`);
  expect(broken(world)).not.toContain('P1');
});

test.each<readonly [string, string, () => World]>([
  ['an order without a record', 'P1', () => ({ ...worldOf(), ordered: [idOf('lost')] })],
  ['a record that is abandoned', 'P1', () => withRecord('stage 1', 'abandoned')],
  ['a failed deployment that says nothing', 'P12', () => withRecord('stage 1', 'degraded', { commit: 'commit 2' })],
  ['a commit without a record', 'P7', () => ({ ...worldOf(), records: worldOf().records.slice(1) })],
  ['a record at another commit', 'P7', () => withRecord('stage 1', 'healthy', { commit: 'commit 9' })],
  ['an image that was never healthy in its source', 'P10', () => replaced('dev 2', { isHealthy: false })],
  [
    'an image that is promoted by no order in a freeze',
    'P11',
    () => replaced('prod 1', { cause: from('stage', 'stage 1') }),
  ],
  ['a tag that goes backwards', 'P4', () => replaced('back in dev', { cause: push })],
  [
    'a rollback of another value than its own',
    'P12',
    () => replaced('back in dev', { cause: rollback('dev 2', 5, false) }),
  ],
  [
    'an automatic rollback of another deployment',
    'P12',
    () => replaced('back in stage', { cause: rollback('dev 1', 2, true) }),
  ],
  ['an automatic rollback to a value that was never healthy', 'P12', () => replaced('back in stage', { number: 9 })],
  ['an automatic rollback past a later healthy value', 'P12', () => replaced('back in stage', { number: 0 })],
  ['an image that did not come', 'P13', () => worldOf(steps.slice(0, 4))],
])('%s: %s', (_name, promise, make) => {
  expect(broken(make())).toContain(promise);
});

test('a second rollback of one deployment: P12', () => {
  const again = { name: 'again', environment: 'stage', number: 1, cause: rollback('stage 2', 2, true) } as const;
  const between = { name: 'stage 3', environment: 'stage', number: 2, cause: from('dev', 'dev 2') } as const;
  expect(broken(worldOf([...steps, between, again]))).toContain('P12');
});
