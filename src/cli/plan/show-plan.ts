import type { CommandIo } from '../command.ts';
import { fitLine } from '../fit-line.ts';
import { unifiedDiff } from '../../lib/edit/unified-diff.ts';
import { formatPosition } from '../../lib/model/failure.ts';
import { colorDiff } from './color-diff.ts';
import type { ChangedApplication, ChangeEffects } from '../applications/effects-of-change.ts';
import type { EnvironmentOutcome, ImagePlan, PlannedChange } from './plan-image.ts';

/** The applications that a change reaches; absent if the command knows no applications. */
export type EffectsOf = (change: PlannedChange) => ChangeEffects | undefined;

/** The plan as people read it: a line for each environment, then the diffs. */
export function showPlan({ outcomes, changes, files }: ImagePlan, color: boolean, effectsOf?: EffectsOf): string {
  const lines: string[] = [];
  for (const outcome of outcomes) {
    lines.push(`${outcome.route}, ${outcome.environment}: ${describe(outcome)}\n`);
    for (const change of changes) {
      if (change.environment !== outcome.environment) continue;
      const position = formatPosition(change);
      lines.push(`  ${position}  ${change.path}: ${change.from ?? '(nothing)'} → ${change.to}\n`);
      for (const warning of change.warnings) lines.push(`  ${position}  warning: ${warning}\n`);
      const effects = effectsOf?.(change);
      for (const one of effects?.applications ?? []) lines.push(`    ${describeApplication(one)}\n`);
      for (const warning of effects?.warnings ?? []) lines.push(`    warning: ${warning}\n`);
    }
  }
  for (const { file, before, after } of files) {
    const diff = unifiedDiff(file, before, after);
    lines.push('\n', color ? colorDiff(diff) : diff);
  }
  return lines.join('');
}

/** The plan as programs read it. */
export function planJson({ outcomes, changes }: ImagePlan, effectsOf?: EffectsOf): string {
  const shown = {
    changes: changes.map((change) => {
      const { file, route, environment, path, from, to, role, line, column, warnings } = change;
      const effects = effectsOf?.(change);
      return {
        file,
        route,
        environment,
        path,
        from,
        to,
        role,
        line,
        column,
        warnings: [...warnings, ...(effects?.warnings ?? [])],
        ...(effects && { applications: effects.applications }),
      };
    }),
    outcomes: outcomes.map(({ failure, ...outcome }) => ({
      ...outcome,
      ...(failure && { code: failure.code, reason: failure.message, position: formatPosition(failure.place) }),
    })),
  };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

/** The failures, one a line, each with its position in front. */
export function showFailures({ outcomes }: ImagePlan, io: Pick<CommandIo, 'wrapsAt'>): string {
  return outcomes
    .flatMap(({ route, environment, failure }) => {
      if (!failure) return [];
      const position = formatPosition(failure.place);
      const isNamed = position === failure.place.file && failure.message.startsWith(`${position} `);
      const text = `${position === '' || isNamed ? '' : `${position}: `}${failure.message} [${failure.code}] (route ${route}, environment ${environment})`;
      return [`${fitLine(text, io)}\n`];
    })
    .join('');
}

function describeApplication({ application, running, runs, overriddenBy }: ChangedApplication): string {
  if (overriddenBy !== undefined) return `${application} reads the file`;
  return `${application} changes${runs ? `, runs ${running.join(', ')}` : ''}`;
}

function describe({ outcome, reason, delivery }: EnvironmentOutcome): string {
  const words = {
    planned:
      delivery === 'observe' ? 'planned (delivery observe: a push is recorded, and nothing is committed)' : 'planned',
    'up-to-date': 'up to date',
    superseded: 'superseded',
    'not-taken': 'not taken',
    'by-promotion': 'by promotion',
    awaited: 'nothing is written; the deployment waits for',
    ignored: 'ignored',
    failed: 'failed',
  }[outcome];
  if ((outcome === 'by-promotion' || outcome === 'awaited') && reason !== undefined) return `${words} ${reason}`;
  return reason === undefined ? words : `${words}: ${reason}`;
}
