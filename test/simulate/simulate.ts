import { formatLogLine } from '../../src/lib/model/log.ts';
import type { Log } from '../../src/lib/model/log.ts';
import { noFaults } from './app-process.ts';
import { countWorld } from './count-world.ts';
import { placeOf, routesText } from './fleet.ts';
import { FunctionsHost } from './functions-host.ts';
import { readHistory } from './history.ts';
import { holdRealTime } from './hold-real-time.ts';
import { Oddities } from './oddities.ts';
import { People } from './people.ts';
import { committedViolations } from './promises/committed.ts';
import { deliveredViolations } from './promises/delivered.ts';
import { endedViolations } from './promises/ended.ts';
import { heldViolations } from './promises/held.ts';
import { promotedViolations } from './promises/promoted.ts';
import { rolledBackViolations } from './promises/rolled-back.ts';
import { Pipelines } from './pipelines.ts';
import { answeredViolations } from './promises/answered.ts';
import { settledViolations } from './promises/settled.ts';
import { unhinderedViolations } from './promises/unhindered.ts';
import { Pushes } from './pushes.ts';
import { readRecords } from './rest.ts';
import type { Rest, Violation } from './rest.ts';
import { describeValue } from './shown.ts';
import { makeWorld } from './world.ts';
import type { World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly weeks: number;
  /** Of each week; then everything comes to rest, for longer than windows are closed and images soak. */
  readonly busyDays?: number;
}

export interface Simulation {
  /** The week of the first broken promise, from 1; all weeks if every promise was kept. */
  readonly week: number;
  readonly violations: readonly Violation[];
  /** What happened to a route and environment. */
  readonly timelineOf: (violation: Violation) => readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
}

const dayMs = 24 * 3_600_000;
const hostMs = 5 * 60_000;
const usualBusyDays = 4.5;
/** Longer than windows are closed, and images soak. */
const restDays = 2.5;
const pushesPerDay = 10;
const actsPerDay = 10;
const odditiesPerDay = 1.5;

const environment = {
  ROUTES: routesText,
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  ARGOCD_URL__weu: 'https://argocd-weu.contoso.com',
  ARGOCD_TOKEN__weu: 'token',
  RECONCILE_SCHEDULE: '0 11 * * * *',
  RETENTION: 'off',
  GATE_TOKEN_KEY: Buffer.alloc(32, 7).toString('base64'),
};

/** Lets a fleet live for weeks, and checks every promise when it has come to rest at the end of each. */
export async function simulate({ seed, weeks, busyDays = usualBusyDays }: SimulationOptions): Promise<Simulation> {
  const world = makeWorld(seed);
  const { timeline } = world;
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(`${timeline.now().toISOString()} ${text}`);
  const held = new Map<string, number>();
  const log: Log = (level, event, fields) => {
    say(`${level} ${formatLogLine(event, fields)}`);
    if (event !== 'held') return;
    const why = reasonsToWait.find(([, pattern]) => pattern.test(String(fields?.['reason'])))?.[0] ?? 'something else';
    held.set(why, (held.get(why) ?? 0) + 1);
  };
  const host = new FunctionsHost(world, environment, log);
  const pushes = new Pushes(world);
  const pipelines = new Pipelines(world, host);
  world.pipelines = (turn) => pipelines.callback(turn);
  pushes.onPushed = (pushed) => pipelines.follow(pushed);
  const oddities = new Oddities(world);
  const people = new People(world, host, pushes, say);
  world.argoCd.onFailing = (place) => people.seeFailing(place);
  completeWaiting(world);
  const start = timeline.time;
  const release = holdRealTime(timeline);
  let violations: readonly Violation[] = [];
  let week = 0;
  try {
    while (week < weeks && violations.length === 0) {
      const begin = start + week * 7 * dayMs;
      week += 1;
      plan(world, begin, begin + busyDays * dayMs, { pushes, people, oddities });
      people.areAtWork = true;
      host.faults = { failing: 0.002, killing: 0.0004 };
      await host.workUntil(begin + busyDays * dayMs);
      host.faults = noFaults;
      people.areAtWork = false;
      await host.workUntil(begin + (busyDays + restDays) * dayMs);
      violations = findViolations(restOf(world, { pushes, people, pipelines, oddities }));
    }
  } finally {
    release();
  }
  const rest = restOf(world, { pushes, people, pipelines, oddities });
  return {
    week,
    violations,
    timelineOf: (violation) => timelineOf(violation, lines, world),
    numbers: countWorld(rest, start, { host, people, odd: oddities.counts, held }),
  };
}

/** Who makes things happen. */
interface Actors {
  readonly pushes: Pushes;
  readonly people: People;
  readonly pipelines: Pipelines;
  readonly oddities: Oddities;
}

/** The Git host looks every few minutes for pull requests that it completes itself. */
function completeWaiting(world: World): void {
  world.pullRequests.completeWaiting();
  world.timeline.after(hostMs, () => completeWaiting(world));
}

/** What happens in a week, at random times. */
function plan({ timeline, random }: World, begin: number, end: number, actors: Omit<Actors, 'pipelines'>): void {
  const { pushes, people, oddities } = actors;
  const days = (end - begin) / dayMs;
  const somewhen = (): number => begin + random() * (end - begin);
  for (let count = 0; count < pushesPerDay * days; count += 1) timeline.at(somewhen(), () => pushes.any());
  for (let count = 0; count < actsPerDay * days; count += 1) timeline.at(somewhen(), () => people.any());
  for (let count = 0; count < odditiesPerDay * days; count += 1) timeline.at(somewhen(), () => oddities.any());
}

function restOf(world: World, { pushes, people, pipelines, oddities }: Actors): Rest {
  const messages = [...world.queues.messages.values()].map(({ text }) => Buffer.from(text, 'base64').toString());
  const due = world.table.entities('|due').map((entity) => String(entity['value0']));
  return {
    world,
    pushes,
    freezings: people.freezings,
    stages: pipelines.stages,
    oddities,
    history: readHistory(world.git),
    records: readRecords(world.table),
    due: new Set(due),
    queuedIds: new Set(messages.flatMap((text) => text.match(/[0-9a-f]{32}/g) ?? [])),
  };
}

function findViolations(rest: Rest): readonly Violation[] {
  return [
    ...endedViolations(rest),
    ...committedViolations(rest),
    ...promotedViolations(rest),
    ...heldViolations(rest),
    ...rolledBackViolations(rest),
    ...deliveredViolations(rest),
    ...settledViolations(rest),
    ...answeredViolations(rest),
    ...unhinderedViolations(rest),
  ];
}

const longestTimeline = 100;
const reasonsToWait = [
  ['a freeze', /^held: frozen/],
  ['a window', /^held: /],
  ['a soak', /^soaks in /],
  ['health of a source', / is \w+$/],
  ['a source', / has not been healthy in /],
] as const;

/** Said again and again while something waits. */
const repeated = / (?:info held|info not-taken|info reported|info promotions-swept) /;

/** What the app said, what people did, and what Argo CD reported, of an environment and of its sources. */
function timelineOf(
  { route, environment: name }: Violation,
  lines: readonly string[],
  world: World,
): readonly string[] {
  const of = [placeOf(route, name), ...placeOf(route, name).promoteFrom.map((source) => placeOf(route, source))];
  const texts = of.flatMap((place) => [
    `route=${route} environment=${place.environment} `,
    ` ${route} in ${place.environment} `,
  ]);
  const said = lines.filter(
    (line) => !repeated.test(line) && (texts.some((text) => line.includes(text)) || / freeze | unfreeze /.test(line)),
  );
  const reported = of
    .flatMap((place) => world.argoCd.sentOf(place.application))
    .map(({ application, result, compared, handedAt }) => {
      const { sync, health, operation, reconciledAt = '' } = result;
      const states = `${sync.status} ${health.status} ${operation?.phase ?? ''}`;
      const revision = sync.revisions[0]?.slice(0, 10);
      return `${new Date(handedAt).toISOString()} ${application}: ${states} with ${describeValue(compared)} at ${revision}, as of ${reconciledAt}`;
    });
  return [...said, ...reported].toSorted().slice(-longestTimeline);
}
