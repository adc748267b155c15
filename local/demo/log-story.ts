import { commitDiff } from '../git.ts';
import type { Step, Steps } from './steps.ts';
import { columns, diffLines, wrap } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

export interface Story {
  /** The first step's time counts from now. */
  readonly begin: () => void;
  /** Every event has been printed. */
  readonly stop: () => Promise<void>;
}

/**
 * Prints events as they happen: one line per step with the time since the step before, and the diff of each
 * commit. Lines come out in the order of the steps, although reading a diff takes a moment.
 */
export function tellStory(steps: Steps, terminal: Terminal): Story {
  let before: number | undefined;
  let written = Promise.resolve();
  const shown = new Set<string>();
  /** Place of a report → its last state: a report that changes only a description is shown once. */
  const reported = new Map<string, string>();
  const stop = steps.listen((step) => {
    const text = describe(step);
    if (text === undefined) return;
    if (step.name === 'reported') {
      const place = `${placeOf(step.fields)} ${step.fields['status'] ?? ''}`;
      if (reported.get(place) === text) return;
      reported.set(place, text);
    }
    const ms = before === undefined ? undefined : step.at - before;
    before = step.at;
    written = written.then(async () => {
      for (const line of stepLines(step.name, text, ms, terminal)) terminal.line(line);
      const commit = commitOf(step, steps) ?? '';
      if (shown.has(commit)) return;
      for (const line of await diffOf(step, steps, terminal)) terminal.line(`      ${line}`);
      if (commit !== '') shown.add(commit);
    });
  });
  return {
    begin: () => {
      before = performance.now();
    },
    stop: async () => {
      stop();
      await written;
    },
  };
}

const nameWidth = 14;
const timeWidth = 9;
const textColumn = 4 + nameWidth + 1;
const textWidth = columns - textColumn - timeWidth;

function stepLines(name: string, text: string, ms: number | undefined, { style }: Terminal): readonly string[] {
  const mark = bad.has(name) ? style('red', '✗') : style('green', '✓');
  const time = ms === undefined ? '' : style('dim', `+${Math.round(ms)} ms`.padStart(timeWidth));
  const [first = '', ...more] = wrap(text, textWidth);
  return [
    `  ${mark} ${style('bold', name.padEnd(nameWidth))} ${first.padEnd(textWidth)}${time}`.trimEnd(),
    ...more.map((line) => `${' '.repeat(textColumn)}${line}`),
  ];
}

const bad = new Set(['rejected', 'abandoned', 'rescheduled', 'event-not-stored', 'undelivered', 'not-reported']);

/** The text of a step; `undefined` where the story does not show it. */
function describe({ name, fields }: Step): string | undefined {
  const where = `${fields['route'] ?? ''} → ${fields['environment'] ?? ''}`;
  const image = fields['image']?.split('@')[0] ?? '';
  switch (name) {
    case 'received':
      return 'POST /api/webhooks/acr';
    case 'queued':
      return image;
    case 'event-ignored':
      return `nothing to do: ${fields['reason'] ?? ''}`;
    case 'no-route':
      return `no route takes ${image}`;
    case 'routed':
      return where;
    case 'not-taken':
      return `${where}: ${fields['reason'] ?? ''}`;
    case 'committed':
      return `${fields['commit']?.slice(0, 10) ?? ''} ${fields['branch'] ?? ''}, ${fields['environment'] ?? ''}: ${fields['previous'] ?? 'nothing'} → ${fields['tag'] ?? ''}`;
    case 'pull-request':
      return `${where}: pull request ${fields['number'] ?? ''} waits for a person, ${fields['previous'] ?? 'nothing'} → ${fields['tag'] ?? ''}`;
    case 'up-to-date':
      return `${where}: the file already holds ${fields['tag'] ?? ''}`;
    case 'done-before':
      return `${where}: ${fields['tag'] ?? ''} was ${fields['state'] ?? ''} before`;
    case 'superseded':
      return `${where}: ${fields['reason'] ?? ''}`;
    case 'observed':
      return `${where}: would write ${fields['tag'] ?? ''}`;
    case 'ignored':
      return `${where}: its file does not exist`;
    case 'reported':
      return `${placeOf(fields)}: ${fields['state'] ?? ''} ${fields['on'] === 'build' ? '' : (fields['status'] ?? '')}`.trim();
    case 'undelivered':
      return fields['reason'];
    case 'rejected':
    case 'rescheduled':
    case 'abandoned':
    case 'event-not-stored':
      return [fields['code'], fields['reason']].join(': ');
    default:
      return undefined;
  }
}

/** The place of a report. */
function placeOf({ on, commit, pullRequest, build }: Step['fields']): string {
  switch (on) {
    case 'commit':
      return `GitOps ${commit?.slice(0, 10) ?? ''}`;
    case 'source':
      return `source ${commit?.slice(0, 10) ?? ''}`;
    case 'pull-request':
      return `pull request ${pullRequest ?? ''}`;
    case 'build':
    case undefined:
      return `build ${build ?? ''}`;
    default:
      return on;
  }
}

/** The commit of a change, or the one that a pull request proposes. */
function commitOf({ name, fields }: Step, steps: Steps): string | undefined {
  return name === 'pull-request' ? steps.tipOf(fields['branch'] ?? '') : fields['commit'];
}

async function diffOf(step: Step, steps: Steps, terminal: Terminal): Promise<string[]> {
  const commit = commitOf(step, steps);
  const isChange = step.name === 'committed' || step.name === 'pull-request';
  const directory = isChange && commit !== undefined ? steps.directoryOf(commit) : undefined;
  if (commit === undefined || directory === undefined) return [];
  return diffLines(await commitDiff(directory, commit), terminal);
}
