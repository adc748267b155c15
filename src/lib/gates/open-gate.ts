import type { Clock } from '../model/clock.ts';
import { createHash } from 'node:crypto';
import type { GateRequest, GateTask } from '../intake/gate-request.ts';
import type { FieldProblem } from '../intake/image-pushed.ts';
import { knownCollections } from '../routes/check/known-collections.ts';
import { routeByName } from '../routes/match/route-by-name.ts';
import type { RouteTable } from '../routes/route.ts';
import { collectionEndpoint, collectionStoodInFor } from '../net/hosts.ts';
import type { HostPolicy } from '../net/hosts.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { canonicalCollection } from '../net/repository-url.ts';
import type { ArmedJob, DueStore } from '../work/due-store.ts';
import type { SendLater } from '../work/send-later.ts';
import type { StartPromptJob } from '../work/prompt-jobs.ts';
import { isAskedRoute, isRouteName } from './concerns.ts';
import type { Gate } from './gate.ts';
import { openingLines, stamp } from './gate-lines.ts';
import type { GateStore } from './gate-store.ts';
import type { TokenCipher } from './token-cipher.ts';

export interface OpenGateDeps {
  readonly gates: GateStore;
  readonly cipher: TokenCipher;
  readonly start: StartPromptJob;
  readonly sendLater: SendLater;
  /** Has the first evaluation until it is in the queue. */
  readonly due: Pick<DueStore, 'arm' | 'remove'>;
  readonly routes: () => Promise<RouteTable>;
  readonly hosts: HostPolicy;
  readonly timeoutSeconds: number;
  readonly now: Clock;
}

export type OpenedGate = { readonly id: string } | { readonly problems: readonly FieldProblem[] };

const sendTimeoutMs = 1_500;
/** Azure DevOps gets its answer first: how it treats a callback before the answer is not documented. */
const answerFirstMs = 1_000;
/** The clock makes the first evaluation, if this process has not queued it by then. No answer takes longer. */
const firstEvaluationSeconds = 30;

/**
 * Stores a gate and its evaluations, soon and at `endsAt`, also if the process ends right after the answer. The same task
 * twice is one gate.
 *
 * @returns problems if the collection may not be called, or no route has the environment or name
 * @throws {Failure} `storage-unavailable`, `routes-invalid`
 */
export async function openGate(
  { task, token, question }: GateRequest,
  deps: OpenGateDeps,
  log: Log,
): Promise<OpenedGate> {
  const table = await deps.routes();
  const collection = callableCollection(task.planUrl, table, deps.hosts);
  if (collection === undefined) {
    const detail = `${task.planUrl} is not a collection of a route; add it to AZURE_DEVOPS_COLLECTIONS if it is yours`;
    return { problems: [{ field: 'header planurl', detail }] };
  }
  const unknown = unknownParts(question, table);
  if (unknown.length > 0) return { problems: unknown };
  const id = gateId(collection, task);
  const now = deps.now();
  const endsAt = secondsAfter(now, deps.timeoutSeconds);
  const { planUrl: _planUrl, ...names } = task;
  const gate: Gate = {
    id,
    task: { collection, ...names },
    question,
    token: deps.cipher.encrypt(token, id),
    openedAt: now.toISOString(),
    endsAt,
    found: [],
    reported: {},
    lines: openingLines({ question, endsAt }).map((line) => stamp(line, now)),
  };
  const job = { kind: 'gates', body: { ids: [id] } } as const;
  // Both jobs are stored before the gate, so that no failure leaves it open forever, or without its first evaluation.
  const [first] = await Promise.all([
    deps.due.arm({ key: `gate-first ${id}`, at: secondsAfter(now, firstEvaluationSeconds), job }),
    deps.sendLater(`gate-end ${id}`, job, deps.timeoutSeconds + 1, { timeoutMs: sendTimeoutMs }),
  ]);
  await deps.gates.update(id, (current) => openAgain(current, gate));
  // From here on the gate is stored: the answer does not wait for the queue.
  void evaluateFirst(id, first, log, deps);
  return { id };
}

/** Queues the first evaluation. If that fails, its row is left to the clock. It never throws. */
async function evaluateFirst(
  gate: string,
  first: ArmedJob,
  log: Log,
  { start, due }: Pick<OpenGateDeps, 'start' | 'due'>,
): Promise<void> {
  const warn = (event: string, error: unknown): void =>
    log('warn', event, { gate, reason: error instanceof Error ? error.message : String(error) });
  try {
    await start(first.job, { afterMs: answerFirstMs });
  } catch (error) {
    return warn('gate-evaluation-delayed', error);
  }
  try {
    await due.remove(first);
  } catch (error) {
    // The gate is evaluated twice.
    warn('due-job-not-removed', error);
  }
}

function secondsAfter(time: Date, seconds: number): string {
  return new Date(time.getTime() + seconds * 1000).toISOString();
}

/**
 * The gate to store. A request for an open gate changes nothing. After the end of a gate the task waits again, with a new
 * token: a known result is sent again, and a gate without a result starts again.
 */
function openAgain(current: Gate | undefined, gate: Gate): Gate | undefined {
  if (!current) return gate;
  if (current.ended === undefined) return undefined;
  if (!current.result) return gate;
  const { ended: _ended, ...rest } = current;
  return { ...rest, ...(gate.token !== undefined && { token: gate.token }) };
}

/** The canonical collection of a plan if routes use it or the operator names it. */
function callableCollection(planUrl: string, table: RouteTable, hosts: OpenGateDeps['hosts']): string | undefined {
  const sent = canonicalCollection(planUrl);
  if (sent === undefined) return undefined;
  const known = knownCollections(table, hosts.azureDevOpsCollections);
  const collection = collectionStoodInFor(sent, hosts, known);
  return known.has(collection.toLowerCase()) && mayBeCalled(collection, hosts) ? collection : undefined;
}

/** A route can name a collection that the operator does not allow. */
function mayBeCalled(collection: string, hosts: OpenGateDeps['hosts']): boolean {
  try {
    collectionEndpoint(collection, hosts);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function unknownParts({ environment, routes = [] }: GateRequest['question'], table: RouteTable): FieldProblem[] {
  const environments = new Set(table.entries.flatMap((entry) => entry.environments));
  const named = routes.filter(isRouteName);
  const globs = routes.filter((route) => !isRouteName(route));
  const names = table.entries.filter((entry) => entry.environments.includes(environment)).map(({ name }) => name);
  return [
    ...(environments.has(environment)
      ? []
      : [{ field: 'environment', detail: `no route has an environment ${JSON.stringify(environment)}` }]),
    ...named.flatMap((name) => {
      const route = routeByName(table, name);
      if (route?.environments.some((one) => one.name === environment)) return [];
      const has = route ? `has no environment ${JSON.stringify(environment)}` : 'does not exist';
      return [{ field: 'route', detail: `the route ${JSON.stringify(name)} ${has}` }];
    }),
    ...globs
      // The routes of a pattern are known only by their images.
      .filter((glob) => !names.some((name) => name.includes('{') || isAskedRoute([glob], name)))
      .map((glob) => ({
        field: 'route',
        detail: `no route with an environment ${JSON.stringify(environment)} matches ${JSON.stringify(glob)}`,
      })),
  ];
}

function gateId(collection: string, { planId, jobId, taskInstanceId, hubName }: GateTask): string {
  const parts = [collection.toLowerCase(), hubName.toLowerCase(), planId, jobId, taskInstanceId];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
