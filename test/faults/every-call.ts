import { expect } from 'vitest';
import type { StorageFault } from '../../local/storage/strike-requests.ts';
import type { FaultedApp } from './app.ts';
import { readEndState } from './end-state.ts';
import type { EndState } from './end-state.ts';

export interface Scenario {
  readonly start: () => Promise<FaultedApp>;
  /** @returns what it shows outside of storage and Git, as lines */
  readonly play: (app: FaultedApp) => Promise<readonly string[]>;
  /** What it shows without a fault. */
  readonly shows: readonly string[];
}

interface Run {
  readonly calls: readonly string[];
  readonly end: EndState & { readonly shown: readonly string[] };
  readonly posts: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
}

/** The faults of a call: it fails before it happens; it happens, and its answer is lost, also where the client tries again. */
const faultsOfCall = {
  'failed before': { kind: 'refused', when: 'before' },
  'happened, answer lost': { kind: 'refused', when: 'after' },
  'happened, answer lost, tried again': { kind: 'drop', when: 'after' },
} as const satisfies Record<string, StorageFault>;

/** Plays a scenario; one of its calls to storage has a fault. */
async function playOnce({ start, play }: Scenario, number?: number, fault?: StorageFault): Promise<Run> {
  const app = await start();
  try {
    app.faults.start(number, fault);
    const shown = await play(app);
    const calls = [...app.faults.calls];
    // A job of the clock that failed is repeated after some minutes.
    await app.faults.pause(() => app.rest());
    const end = await app.faults.pause(() => readEndState(app));
    return { calls, end: { ...end, shown }, posts: new Map(app.posts), lines: app.lines };
  } finally {
    await app.close();
  }
}

/** Plays a scenario once for each of its calls and faults. @returns the differences from the run without a fault */
export async function playEveryFault(scenario: Scenario, step = 1): Promise<readonly string[]> {
  const faultless = await playOnce(scenario);
  expect(faultless.end.shown).toEqual(scenario.shows);
  const problems: string[] = [];
  for (let number = 0; number < faultless.calls.length; number += step) {
    const call = faultless.calls[number] ?? '';
    for (const [name, fault] of Object.entries(faultsOfCall)) {
      // The client hides what it repeats, and a read that happened has changed nothing.
      if (call.startsWith('GET ') && fault.when === 'after') continue;
      const run = await playOnce(scenario, number, fault);
      const found = [...differences(faultless.end, run.end), ...tooMany(faultless.posts, run.posts)];
      if (found.length > 0) problems.push([`call ${number}, ${name}: ${call}`, ...found, ...run.lines].join('\n  '));
    }
  }
  return problems;
}

const parts = ['rows', 'messages', 'branches', 'pullRequests', 'shown'] as const;

function differences(wanted: Run['end'], got: Run['end']): readonly string[] {
  return parts.flatMap((part) => {
    const gone = wanted[part].filter((line) => !got[part].includes(line)).map((line) => `- ${line}`);
    return gone.concat(got[part].filter((line) => !wanted[part].includes(line)).map((line) => `+ ${line}`));
  });
}

/** Statuses that were posted more than once more. */
function tooMany(wanted: Run['posts'], got: Run['posts']): readonly string[] {
  return [...got].flatMap(([post, count]) =>
    count > (wanted.get(post) ?? 0) + 1 ? [`+ posted ${count} times: ${post}`] : [],
  );
}
