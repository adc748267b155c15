import { createHash } from 'node:crypto';
import { seededRandom } from '../../local/devops/faults/seeded-random.ts';
import { envelopeOf } from '../../src/lib/work/envelope.ts';
import type { Job } from '../../src/lib/work/envelope.ts';
import { MemoryBlobs } from '../support/memory/memory-blobs.ts';
import { MemoryGit } from '../support/memory/memory-git.ts';
import { MemoryPullRequests } from '../support/memory/memory-pull-requests.ts';
import { MemoryQueues } from '../support/memory/memory-queues.ts';
import { MemoryRegistry } from '../support/memory/memory-registry.ts';
import { MemoryTable } from '../support/memory/memory-table.ts';
import { ArgoCd } from './argo-cd.ts';
import type { SentResult } from './application.ts';
import type { Fate } from './argo-cd.ts';
import { places, repositoryUrl, routeNames } from './fleet.ts';
import type { PipelineCallback } from '../../src/lib/gates/pipeline-callback.ts';
import type { Turn } from '../support/memory/turn.ts';
import { Timeline } from './timeline.ts';
import { formatFile } from './values.ts';

/** What Argo CD stands on. */
export interface WorldParts {
  readonly timeline: Timeline;
  readonly random: () => number;
  readonly git: MemoryGit;
  readonly registry: MemoryRegistry;
  /** Sends a result to the app. */
  readonly deliver: (sent: SentResult) => void;
}

export interface World extends WorldParts {
  readonly pullRequests: MemoryPullRequests;
  readonly table: MemoryTable;
  readonly queues: MemoryQueues;
  readonly blobs: MemoryBlobs;
  readonly argoCd: ArgoCd;
  readonly newId: () => string;
  /** Puts a job into the queue of the app. */
  readonly send: (job: Job) => number;
  /** Results whose message is not processed yet, by message. */
  readonly underWay: Map<number, SentResult>;
  /** What the app calls at the end of a gate; the pipelines take its place. */
  pipelines: (turn: Turn) => PipelineCallback;
  /** Digests that a tag was moved to. */
  readonly rebuilt: Set<string>;
}

/** Beginnings of worlds: within six weeks each zone of the fleet changes its clocks. */
const starts = ['2026-02-28T00:00:00Z', '2026-09-26T00:00:00Z'] as const;

export const firstTag = '1';

/** The digest of the `number`-th build of a tag. */
export function digestOf(route: string, tag: string, number = 0): string {
  return `sha256:${createHash('sha256').update(`${route} ${tag} ${number}`).digest('hex')}`;
}

export function makeWorld(seed: number): World {
  const random = seededRandom(seed);
  const timeline = new Timeline(Date.parse(starts[seed % 2] ?? starts[0]), random);
  const { now } = timeline;
  const git = new MemoryGit(now);
  const registry = new MemoryRegistry(now);
  const queues = new MemoryQueues(now);
  const underWay = new Map<number, SentResult>();
  const rebuilt = new Set<string>();
  let ids = 0;
  const send = (job: Job): number =>
    queues.send('work', Buffer.from(JSON.stringify(envelopeOf(job))).toString('base64'));
  const deliver = (sent: SentResult): void => {
    const { application, result, handedAt } = sent;
    const body = { application, result, receivedAt: new Date(handedAt).toISOString() };
    underWay.set(send({ kind: 'sync-result', body }), sent);
  };
  for (const route of routeNames) registry.push(route, firstTag, digestOf(route, firstTag));
  const files = places.flatMap(({ route, file, settings, writesDigest }) => {
    const value = { tag: firstTag, ...(writesDigest && { digest: digestOf(route, firstTag) }) };
    return [[file, formatFile(value)] as const, [settings, 'replicas: 2\n'] as const];
  });
  git.commitOn('main', { ...Object.fromEntries(files), 'README.md': 'values of every environment\n' }, 'first');
  timeline.time += 3_600_000;
  const parts = { timeline, random, git, registry, deliver };
  return {
    ...parts,
    pullRequests: new MemoryPullRequests(git, repositoryUrl, now),
    table: new MemoryTable(now),
    queues,
    blobs: new MemoryBlobs(),
    argoCd: new ArgoCd(parts, fateOf(seed, rebuilt)),
    rebuilt,
    pipelines: () => {
      throw new Error('there are no pipelines');
    },
    newId: () => {
      ids += 1;
      return createHash('sha256').update(`${seed} ${ids}`).digest('hex').slice(0, 32);
    },
    send,
    underWay,
  };
}

/** The same image behaves alike each time. The first ones are healthy; those whose tag was moved to them fail more often. */
function fateOf(seed: number, rebuilt: ReadonlySet<string>): (digest: string, environment: string) => Fate {
  const known = new Set(routeNames.map((route) => digestOf(route, firstTag)));
  return (digest, environment) => {
    if (known.has(digest)) return 'healthy';
    const chance = createHash('sha256').update(`${seed} ${digest} ${environment}`).digest().readUInt32BE(0) / 2 ** 32;
    if (rebuilt.has(digest) && chance < 0.5) return chance < 0.35 ? 'degrades' : 'does-not-sync';
    if (chance < 0.64) return 'healthy';
    if (chance < 0.7) return 'flaps';
    return chance < 0.8 ? 'slow' : chance < 0.92 ? 'degrades' : 'does-not-sync';
  };
}
