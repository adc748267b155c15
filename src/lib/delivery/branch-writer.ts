import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { Contention } from './contention.ts';
import { isHeldBack } from '../routes/match/is-held-back.ts';
import type { Target } from './delivery.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { ignoresMark } from '../model/tag-update.ts';

export interface BranchWriterDeps {
  /** Delivers one group; the outcome of each update by its id. */
  readonly commitGroup: (group: readonly ResolvedUpdate[], target: Target) => Promise<ReadonlyMap<string, Outcome>>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Why updates that only wait go back to their queue now: their Git host is silent. */
  readonly refusal?: () => Failure | undefined;
}

interface Waiting {
  readonly resolved: ResolvedUpdate;
  readonly since: number;
  /** Why its last try ended nothing. */
  readonly lost?: Outcome;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

const maxGroupSize = 100;
/** Updates of a commit that a window released: an opening must not roll out everything at once. */
const maxReleased = 20;
/** How long the first update of an idle branch waits for others that were dequeued with it. */
const gatherMs = 10;
/** While more updates arrive, it waits again for this time: one poll brings 32 messages, and a group takes 100. */
const gatherStepMs = 40;
const longestGatherMs = 200;
/** An update that has waited this long goes back to its queue: no invocation waits longer than a minute. */
const maxWaitMs = 40_000;
/** How often such updates, and a silent host, are looked for while a group is under way. */
const overdueCheckMs = 250;

/**
 * Group commit: the updates that wait for one branch in this instance go into one commit. While a push is in flight,
 * later updates gather, and the next push takes them all. A group that lost its race for the branch gathers too: the
 * next try takes what has come meanwhile.
 */
export class BranchWriter {
  readonly #target: Target;
  readonly #deps: BranchWriterDeps;
  readonly #contention = new Contention();
  #waiting: Waiting[] = [];
  #running = false;

  constructor(target: Target, deps: BranchWriterDeps) {
    this.#target = target;
    this.#deps = deps;
  }

  /** Resolves by the outcome of this very update. */
  submit(resolved: ResolvedUpdate): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolved, since: this.#deps.now().getTime(), resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  /** Never rejects: whatever goes wrong reaches those who wait. */
  async #run(): Promise<void> {
    this.#running = true;
    const overdueCheck = setInterval(() => this.#sendBackOverdue(), overdueCheckMs);
    await this.#gather();
    while (this.#waiting.length > 0) {
      const startedAt = this.#deps.now().getTime();
      const lost = await this.#deliver(this.#takeGroup());
      if (lost.length === 0) this.#contention.won();
      else {
        this.#waiting.unshift(...lost);
        await this.#deps.sleep(this.#contention.lost(this.#deps.now().getTime() - startedAt, this.#deps.random()));
        this.#sendBackOverdue();
      }
    }
    clearInterval(overdueCheck);
    this.#running = false;
  }

  async #gather(): Promise<void> {
    await this.#deps.sleep(gatherMs);
    let seen = 1;
    for (let waitedMs = 0; waitedMs < longestGatherMs; waitedMs += gatherStepMs) {
      const { length } = this.#waiting;
      if (length === seen || length >= maxGroupSize) return;
      seen = length;
      await this.#deps.sleep(gatherStepMs);
    }
  }

  #takeGroup(): Waiting[] {
    const taken = nextGroup(this.#waiting);
    this.#waiting = this.#waiting.filter((waiting) => !taken.includes(waiting));
    return taken;
  }

  #sendBackOverdue(): void {
    const refusal = this.#deps.refusal?.();
    const tooLong = refusal ? Infinity : this.#deps.now().getTime() - maxWaitMs;
    for (const waiting of this.#waiting.filter(({ since }) => since < tooLong)) {
      waiting.resolve(refusal ? failed(refusal) : (waiting.lost ?? failed(branchBusy())));
    }
    this.#waiting = this.#waiting.filter(({ since }) => since >= tooLong);
  }

  /** Those whose race for the branch was lost. */
  async #deliver(taken: readonly Waiting[]): Promise<Waiting[]> {
    try {
      // Redelivered messages of one update share its outcome.
      const group = [...new Map(taken.map(({ resolved }) => [resolved.update.id, resolved])).values()];
      const outcomes = await this.#deps.commitGroup(group, this.#target);
      return taken.flatMap((waiting) => {
        const { id } = waiting.resolved.update;
        const outcome = outcomes.get(id);
        if (outcome && isLostRace(outcome)) return [{ ...waiting, lost: outcome }];
        if (outcome) waiting.resolve(outcome);
        else waiting.reject(new Error(`update ${id} has no outcome`));
        return [];
      });
    } catch (error) {
      for (const { reject } of taken) reject(error);
      return [];
    }
  }
}

function failed(failure: Failure): Outcome {
  return { kind: 'failed', failure };
}

function branchBusy(): Failure {
  return new Failure('branch-busy', 'Too many updates wait for this branch; this one goes back to its queue.');
}

function isLostRace(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.failure.code === 'branch-moved';
}

/** A replay or a rollback goes before the others, alone; what may have killed its worker goes after them, alone. */
function nextGroup(waiting: readonly Waiting[]): Waiting[] {
  const first = waiting.find(({ resolved }) => ignoresMark(resolved.update));
  if (first) return [first];
  const harmless = waiting.filter(({ resolved }) => resolved.isSuspect !== true);
  if (harmless.length === 0) return waiting.slice(0, 1);
  let released = 0;
  return harmless.slice(0, maxGroupSize).filter(({ resolved }) => {
    if (resolved.isReleased !== true && !isHeldBack(resolved.environment)) return true;
    released += 1;
    return released <= maxReleased;
  });
}
