import { join } from 'node:path';
import { startHost, type FunctionsHost, type HostEvent, type HostOptions } from '../../../local/host/host.ts';

export const masterKey = 'master-key';

export interface Fixture extends FunctionsHost {
  /** Everything that the host reported, in order. */
  readonly events: readonly HostEvent[];
  /** The texts that a function has logged. */
  readonly logged: (name: string) => readonly string[];
  /** Waits for the first event of a type that a test accepts. */
  readonly event: <T extends HostEvent['type']>(
    type: T,
    accept?: (event: Extract<HostEvent, { type: T }>) => boolean,
  ) => Promise<Extract<HostEvent, { type: T }>>;
}

export function fixtureRoot(name: string): string {
  return join(import.meta.dirname, '..', 'fixtures', name);
}

/** Starts the app in `fixtures/<name>`, or in another folder where `root` is given. */
export async function startFixture(name: string, options: Partial<HostOptions> = {}): Promise<Fixture> {
  const events: HostEvent[] = [];
  const host = await startHost({
    root: fixtureRoot(name),
    settings: {},
    port: 0,
    masterKey,
    ...options,
    log: (event) => events.push(event),
  });
  return {
    ...host,
    events,
    logged: (of) =>
      events.flatMap((event) => (event.type === 'log' && event.invocation?.name === of ? [event.text] : [])),
    event: (type, accept = () => true) =>
      until(() =>
        events.find(
          (event): event is Extract<HostEvent, { type: typeof type }> =>
            event.type === type && accept(event as Extract<HostEvent, { type: typeof type }>),
        ),
      ),
  };
}

/** Asks again and again until the answer is neither undefined nor false; fails after ten seconds. */
export async function until<T>(ask: () => T | Promise<T>): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (performance.now() > deadline) throw new Error(`Waited ten seconds in vain for: ${ask.toString()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

/** Lets fixtures go on that wait for `name`, or hear what they say. */
export const fixtureSignals = process as NodeJS.EventEmitter;
