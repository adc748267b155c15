import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { startDevOps } from '../../local/devops/devops.ts';
import { seededRandom } from '../../local/devops/faults/seeded-random.ts';
import { startStorage } from '../../local/storage/storage.ts';
import type { Storage } from '../../local/storage/storage.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { appSettings } from '../support/app-settings.ts';
import { watchContract } from '../support/devops-contract.ts';
import { makeChain } from './chain/chain.ts';
import type { ChainViolation } from './chain/promises.ts';
import { chainRoutes } from './chain/routes.ts';
import { strikeAtRandom } from './faults.ts';
import { strikeStorage } from './storage-faults.ts';
import type { FunctionGroup } from '../../local/host/function-group.ts';
import { startFleet } from './fleet.ts';
import type { Fleet, FleetOptions } from './fleet.ts';
import { readHistories } from './history.ts';
import { comeToRest } from './come-to-rest.ts';
import { makePerson } from './people.ts';
import type { Person } from './people.ts';
import { findViolations } from './promises.ts';
import type { Violation } from './promises.ts';
import { readStore } from './read-store.ts';
import { makeScenario } from './scenario.ts';
import type { Scenario, ScenarioOptions } from './scenario.ts';
import { seedBranches } from './seed-branches.ts';
import { routes } from './slots.ts';
import { summarize } from './summarize.ts';
import { Trace } from './trace.ts';
import { sendWebhook } from './webhooks.ts';

/** The groups of functions of the app on Flex Consumption that have one process, as the platform scales by queue length. */
const singleGroups: readonly FunctionGroup[] = ['http', 'function:work-poison', 'function:clock'];

export interface CampaignOptions extends ScenarioOptions {
  /** Processes that deliver. */
  readonly processes: number;
  /**
   * `flex`: each process runs one group of functions, as an instance of the Flex Consumption plan does; those of the other
   * groups come on top of the processes that deliver.
   */
  readonly scale?: 'flex';
  /** Over which the webhooks are sent, in seconds. */
  readonly seconds: number;
  /** One process is killed about this often, in seconds. */
  readonly killEverySeconds: number;
  /** How many times as many faults as usual, which is at every tenth call. */
  readonly faultFactor: number;
  /** How long it may take to come to rest after the last fault, in seconds. */
  readonly restWithinSeconds: number;
  readonly say: (line: string) => void;
}

export interface CampaignReport {
  readonly violations: readonly (Violation | ChainViolation)[];
  /** What each violated update went through. */
  readonly trace: Trace;
  /** For the summary table. */
  readonly numbers: ReadonlyMap<string, string | number>;
}

const token = 'campaign';
/** A message of a killed process comes back after this time, at least. */
const leastLeaseSeconds = 6;
/** Where processes live longer because the machine is busy, their leases do too: one that is lost doubles its message. */
const leaseOfKillEvery = 1.5;
const webhooksAtOnce = 16;
/** Delays of 30 s to 30 min become 1.2 s to 72 s. The wait for a silent host stays: the silence of its faults is not shortened. */
const hastened = { part: 0.04, fromMs: 30_000 };

/**
 * Many tag updates over many branches, under faults: calls that fail, processes that are killed, webhooks that come twice
 * and out of order, people who push. Then the faults end, everything comes to rest, and the promises are checked.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const directory = await mkdtemp(join(tmpdir(), 'tagrelay-campaign-'));
  const ending: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    return await play(options, directory, (end) => ending.push(end));
  } finally {
    for (const end of ending.toReversed()) await end();
  }
}

async function play(
  options: CampaignOptions,
  directory: string,
  atEnd: (end: () => Promise<unknown>) => void,
): Promise<CampaignReport> {
  const { say, seed } = options;
  const scenario = makeScenario(options);
  const bare = join(directory, 'gitops.git');
  const root = join(import.meta.dirname, '..', '..');
  await Promise.all([seedBranches(bare, scenario.branches), buildIfChanged(join(root, 'dist'))]);
  const trace = new Trace();
  const storageFaults = strikeStorage(seed + 2, options.faultFactor);
  const storage = await startStorage({ strike: storageFaults.strike });
  atEnd(storage.close);
  const contract = watchContract();
  const devops = await startDevOps({
    port: 0,
    onRequest: contract.onRequest,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: bare }],
    tokens: [token],
    onPush: ({ refUpdates }) => {
      for (const { name, newObjectId } of refUpdates) trace.add(`push ${name} → ${newObjectId}`);
    },
  });
  atEnd(() => devops.close());
  const fatal: string[] = [];
  const fleet = await startFleet({
    ...fleetOf(options),
    app: {
      root,
      masterKey: token,
      leaseSeconds: Math.max(leastLeaseSeconds, Math.ceil(options.killEverySeconds * leaseOfKillEvery)),
      settings: appSettings({ storage, devops, token, routes: routes + chainRoutes }),
    },
    killEveryMs: options.killEverySeconds * 1000,
    random: seededRandom(seed + 1),
    onLine: (process, text) => trace.add(`p${process} ${text}`),
    onFatal: (reason) => {
      fatal.push(reason);
      say(reason);
    },
  });
  atEnd(fleet.stop);
  const hastening = setInterval(() => storage.hastenMessages(hastened.part, hastened.fromMs), 100);
  atEnd(() => Promise.resolve(clearInterval(hastening)));

  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  const faults = strikeAtRandom(devops.faults, seed, options.faultFactor);
  storageFaults.start();
  const mostlyDone = new AbortController();
  const sender = { functions: fleet.functions, key: token };
  const chain = makeChain({ branches: scenario.branches, seconds: options.seconds, bare, sender, trace });
  const [sent, edits] = await Promise.all([
    sendAllAndCatchUp(scenario, options, fleet, storage).finally(() => mostlyDone.abort()),
    editAll(scenario, options, await makePerson(bare, join(directory, 'clone')), trace, mostlyDone.signal),
    chain.play(mostlyDone.signal),
  ]);
  await fleet.calm();
  faults.stop();
  storageFaults.stop();
  say(`${scenario.updates.length} updates sent by ${sent} webhooks in ${seconds()} s; the faults have ended`);
  const left = await chain.settle(() => comeToRest(storage, options));
  say(`at rest after ${seconds()} s`);
  contract.check();
  const histories = await readHistories(bare, scenario.branches);
  const store = await readStore(scenario, storage);
  const chained = await chain.check(makeTableRows({ AzureWebJobsStorage: storage.connectionString }));
  const violations = [
    ...chained.violations,
    ...fatal.map((text): Violation => ({ promise: 'P1', branch: '', text })),
    ...left.map((text): Violation => ({ promise: 'P1', branch: '', text })),
    ...findViolations(scenario, { histories, ...store }),
  ];
  for (const { id } of violations) {
    if (id === undefined) continue;
    const ofChain = chained.records.find(({ update }) => update.id === id);
    trace.explain(id, histories, ofChain ?? store.records.get(id));
  }
  const numbers = summarize(scenario, histories, store.records, trace);
  return {
    violations,
    trace,
    numbers: new Map<string, string | number>([
      ['seed', seed],
      ['webhooks', sent],
      ['commits by people', edits],
      ['processes killed', fleet.kills()],
      ['most memory of a process, MB', Math.round(fleet.peakMemory() / 1024 / 1024)],
      ...[...faults.hits(), ...storageFaults.hits()].map(([name, hits]) => [`fault: ${name}`, hits] as const),
      ...numbers,
      ...chained.numbers,
      ['seconds', seconds()],
    ]),
  };
}

function fleetOf({ processes, scale }: CampaignOptions): Pick<FleetOptions, 'size' | 'groups'> {
  if (scale !== 'flex') return { size: processes };
  const workers = Array.from({ length: processes }, (): FunctionGroup => 'function:work');
  const groups = [...singleGroups, ...workers];
  return { size: groups.length, groups };
}

/** On a busy machine the app falls behind the webhooks: the faults go on until it has caught up. */
async function sendAllAndCatchUp(
  scenario: Scenario,
  options: CampaignOptions,
  fleet: Fleet,
  storage: Storage,
): Promise<number> {
  const sent = await sendAll(scenario, options, fleet);
  await comeToRest(storage, options, scenario.updates.length / 10);
  return sent;
}

/** Sends the webhooks evenly over the time, or as fast as they are taken; resolves when all were accepted. */
async function sendAll({ webhooks }: Scenario, { seconds }: CampaignOptions, fleet: Fleet): Promise<number> {
  const startedAt = performance.now();
  const left = [...webhooks.entries()].toReversed();
  let sent = 0;
  const sendOnAndOn = async (): Promise<void> => {
    for (let next = left.pop(); next; next = left.pop()) {
      const [index, push] = next;
      await sleep(Math.max(0, (index / webhooks.length) * seconds * 1000 - (performance.now() - startedAt)));
      const tries = await sendWebhook(push, { functions: fleet.functions, key: token });
      sent += tries;
    }
  };
  await Promise.all(Array.from({ length: webhooksAtOnce }, sendOnAndOn));
  return sent;
}

/** Makes the edits, each when there is something to change; resolves with their number when all are made or time is up. */
async function editAll(
  { edits }: Scenario,
  { seconds }: CampaignOptions,
  person: Person,
  trace: Trace,
  timeIsUp: AbortSignal,
): Promise<number> {
  const startedAt = performance.now();
  const made = await Promise.all(
    edits.map(async (edit) => {
      await sleep(Math.max(0, edit.at * seconds * 1000 - (performance.now() - startedAt)));
      while (!timeIsUp.aborted) {
        const commit = await person.edit(edit);
        if (commit !== undefined) {
          trace.add(`person: ${edit.action} ${edit.slot.name} on ${edit.branch} → ${commit}`);
          return 1;
        }
        await sleep(500);
      }
      return 0;
    }),
  );
  return made.reduce<number>((sum, one) => sum + one, 0);
}
