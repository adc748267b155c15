import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Fault, FaultAction, FaultMatch } from './fault.ts';
import { seededRandom } from './seeded-random.ts';

/** The fields of a request that faults match. */
export interface FaultableRequest {
  readonly method: string;
  readonly path: string;
  readonly resource: string | undefined;
  /** The files of a push, as text; none for other requests. Read only if a fault needs them. */
  readonly pushedContent: () => Promise<readonly string[]>;
}

/** A fault that was added. */
export interface PlannedFault {
  /** How many requests it has struck. */
  readonly hits: number;
  readonly remove: () => void;
}

interface Entry {
  readonly fault: Fault;
  readonly random: () => number;
  hits: number;
}

/** The faults to come, in the order in which they were added. */
export class FaultPlan {
  /** Milliseconds that every answer takes longer. */
  latency = 0;
  /** Requests whose answers are delayed now. */
  waiting = 0;
  readonly #entries = new Set<Entry>();
  readonly #closing = new AbortController();

  constructor() {
    // Each delayed answer listens.
    setMaxListeners(0, this.#closing.signal);
  }

  add(fault: Fault): PlannedFault {
    const entry: Entry = { fault, random: seededRandom(fault.seed ?? 1), hits: 0 };
    this.#entries.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => this.#entries.delete(entry),
    };
  }

  /** Delays an answer. @returns false if the emulator was closed meanwhile */
  async delay(milliseconds: number): Promise<boolean> {
    const { signal } = this.#closing;
    this.waiting += 1;
    try {
      await setTimeout(milliseconds, undefined, { signal });
      return true;
    } catch (error) {
      if (!signal.aborted) throw error;
      return false;
    } finally {
      this.waiting -= 1;
    }
  }

  /** Ends the delays, which would keep the process alive. */
  close(): void {
    this.#closing.abort();
  }

  clear(): void {
    this.#entries.clear();
    this.latency = 0;
  }

  /** The faults that strike this request; each that is counted has struck once more. */
  async strike(request: FaultableRequest): Promise<FaultAction[]> {
    const actions: FaultAction[] = [];
    for (const entry of this.#entries) {
      const { match = {}, times = Infinity, probability = 1, action } = entry.fault;
      if (!matches(match, request) || !(await matchesContent(action, request))) continue;
      if (entry.hits >= times || entry.random() >= probability) continue;
      entry.hits += 1;
      actions.push(action);
    }
    return actions;
  }
}

function matches({ method, path, resource }: FaultMatch, request: FaultableRequest): boolean {
  return (
    (method === undefined || method === request.method) &&
    (path === undefined || request.path.search(path) >= 0) &&
    (resource === undefined || resource.toLowerCase() === request.resource?.toLowerCase())
  );
}

async function matchesContent(action: FaultAction, request: FaultableRequest): Promise<boolean> {
  if (action.kind !== 'secret-found' || action.content === undefined) return true;
  const { content } = action;
  return (await request.pushedContent()).some((text) => text.search(content) >= 0);
}
