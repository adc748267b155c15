import { formatProblem } from '../lib/routes/read/format-problem.ts';
import type { Problem } from '../lib/routes/route.ts';
import type { CommandIo } from './command.ts';
import { fitLine } from './fit-line.ts';
import { makeStyle } from './style.ts';

/** Each problem in a line of its own; a terminal gets as many as it needs. */
export function showProblems(problems: readonly Problem[], io: Pick<CommandIo, 'color' | 'wrapsAt'>): string {
  const style = makeStyle(io);
  return problems
    .map((problem) => {
      const { severity } = problem;
      const text = formatProblem(problem).replace(
        `  ${severity}  `,
        () => `  ${style(severity === 'error' ? 'red' : 'yellow', severity)}  `,
      );
      return `${fitLine(text, io, 4)}\n`;
    })
    .join('');
}

/** The problems that keep routes from loading. */
export function showErrors(problems: readonly Problem[], io: Pick<CommandIo, 'color' | 'wrapsAt'>): string {
  return showProblems(
    problems.filter(({ severity }) => severity === 'error'),
    io,
  );
}
