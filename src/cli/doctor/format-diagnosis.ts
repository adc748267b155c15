import type { PlaceFindings } from '../access/check-access.ts';
import type { CommandIo } from '../command.ts';
import { fitLine } from '../fit-line.ts';
import { findingMark, formatFinding, type Finding } from '../finding.ts';
import { makeStyle } from '../style.ts';
import type { EnvironmentFindings } from './check-environment.ts';

/** Everything that was found. */
export interface Diagnosis {
  readonly app?: PlaceFindings;
  /** Collections, repositories and projects of Azure DevOps. */
  readonly places: readonly PlaceFindings[];
  readonly environments: readonly EnvironmentFindings[];
}

/** One line for each environment with a mark for each step; below it the problems with their fixes. */
export function formatDiagnosis({ app, places, environments }: Diagnosis, io: CommandIo): string {
  const style = makeStyle(io);
  const blocks = [...(app ? [app] : []), ...places].map(({ place, findings }) =>
    [style('bold', place), ...findings.map((one) => formatFinding(one, io, 28))].join('\n'),
  );
  const width = Math.max(0, ...environments.map(({ route, environment }) => `${route} ${environment}`.length));
  const lines = environments.map(({ route, environment, isMadeUp, findings }) => {
    const name = `${route} ${environment}`;
    const steps = stepsOf(findings).map((one) => `${findingMark(one, io)} ${one.what}`);
    const head = `${style('bold', name)}${' '.repeat(width - name.length)}  ${steps.join('  ')}`;
    const known = findings.filter(({ what, state }) => state === 'ok' && explained.has(what));
    const rest = findings.filter(({ what, state }) => state !== 'ok' && (app !== undefined || what !== 'sync result'));
    const shown = [...known, ...rest].map((one) => formatFinding(one, io));
    return [fitLine(isMadeUp ? `${head}  (a pattern)` : head, io, width + 2), ...shown].join('\n');
  });
  const all = [...(app ? [app] : []), ...places, ...environments].flatMap(({ findings }) => findings);
  const count = (state: Finding['state']): number => all.filter((one) => one.state === state).length;
  const sum = `${count('ok')} ✓, ${count('failed')} ✗, ${count('warning')} !, ${count('unknown')} not checked`;
  const unasked = app
    ? ''
    : fitLine('The app was not asked. Add --url and --key for its health and the last sync results.', io, 0);
  const here = fitLine("Checked from this computer, with its own sign-in and network; the app's can differ.", io, 0);
  return `${[...blocks, lines.join('\n'), `${here}${unasked === '' ? '' : `\n${unasked}`}`, sum].filter((text) => text !== '').join('\n\n')}\n`;
}

/** Details that are also useful for a healthy environment: the current tag in each place. */
const explained = new Set(['path', 'sync result']);

/** Each step once, at its worst. */
function stepsOf(findings: readonly Finding[]): readonly Finding[] {
  const steps = new Map<string, Finding>();
  for (const one of findings) {
    const known = steps.get(one.what);
    if (!known || rank(one) > rank(known)) steps.set(one.what, one);
  }
  return [...steps.values()];
}

function rank({ state }: Finding): number {
  return ['ok', 'unknown', 'warning', 'failed'].indexOf(state);
}
