import { columns, diffLines, wrap } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { commitDiff, git } from '../git.ts';
import { lineOf, linesOfCommit } from './line-of.ts';
import type { StoryLine } from './line-of.ts';
import type { Step, Steps } from './steps.ts';

/** Prints the story while it happens. */
export interface Narrator {
  /** Begins an act: times count from now, and each event is shown once. */
  readonly begin: (options: { readonly detailed?: string }) => void;
  readonly say: (line: StoryLine) => void;
  /** Ends the act with its result. */
  readonly end: (result: string) => Promise<void>;
  /** Ends the story. Every line has been printed. */
  readonly stop: () => Promise<void>;
}

const placeWidth = 9;
const textColumn = 15 + placeWidth;

/** Prints a line for each step with the time since the act began, in the order of the steps, although a diff takes a moment. */
export function narrate(steps: Steps, { line, style }: Terminal): Narrator {
  let beganAt = performance.now();
  let act: { readonly detailed?: string } = {};
  const shown = new Set<string>();
  let written = Promise.resolve();

  /** Each is printed after the ones before it, also where these are still read. */
  function print(found: readonly StoryLine[] | Promise<readonly StoryLine[]>, at: number): void {
    written = Promise.all([found, written]).then(async ([lines]) => {
      for (const told of lines) await printOne(told, at);
    });
  }

  async function printOne({ place, text, isBad, commit }: StoryLine, at: number): Promise<void> {
    const key = `${place} ${text.replace(/^(waits) [\d.]+ s/, '$1')}`;
    if (shown.has(key)) return;
    shown.add(key);
    const mark = isBad ? style('red', '✗') : style('green', '✓');
    const time = `+${((at - beganAt) / 1000).toFixed(1)} s`.padStart(8);
    const [first = '', ...more] = wrap(text, columns - textColumn);
    line(`  ${mark} ${style('dim', time)}  ${style('bold', place.padEnd(placeWidth))} ${first}`);
    for (const rest of more) line(`${' '.repeat(textColumn)}${rest}`);
    for (const changed of await diffOf(commit)) line(changed);
  }

  /** The lines of a push, if it is one to the branch that Argo CD deploys. */
  async function linesOfPush({ ref, commit = '' }: Step['fields']): Promise<readonly StoryLine[]> {
    const directory = steps.directoryOf(commit);
    if (ref !== 'refs/heads/main' || directory === undefined) return [];
    const { detailed } = act;
    return linesOfCommit(await git(['show', '--no-patch', '--format=%B', commit], directory), commit, detailed);
  }

  /** The changed lines of a commit, cut to the width. */
  async function diffOf(commit: string | undefined): Promise<readonly string[]> {
    const directory = commit === undefined ? undefined : steps.directoryOf(commit);
    if (commit === undefined || directory === undefined) return [];
    const diff = (await commitDiff(directory, commit)).split('\n').filter((text) => /^[+-](?![+-]{2} )/.test(text));
    const width = columns - textColumn;
    const cut = diff.map((text) => (text.length > width ? `${text.slice(0, width - 1)}…` : text));
    return diffLines(cut.join('\n'), { line, style }).map((text) => `${' '.repeat(textColumn)}${text}`);
  }

  const stopListening = steps.listen((step) => {
    if (step.name === 'pushed') return print(linesOfPush(step.fields), step.at);
    const found = lineOf(step, { ...act, now: Date.now() });
    if (found) print([found], step.at);
  });
  return {
    begin(options) {
      beganAt = performance.now();
      act = options;
      shown.clear();
    },
    say: (told) => print([told], performance.now()),
    async end(result) {
      await written;
      const seconds = ((performance.now() - beganAt) / 1000).toFixed(1);
      for (const text of wrap(`After ${seconds} s: ${result}`, columns - 2)) line(`  ${style('green', text)}`);
    },
    async stop() {
      stopListening();
      await written;
    },
  };
}
