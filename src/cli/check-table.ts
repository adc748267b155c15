import type { Environment, Route } from '../lib/routes/route.ts';
import type { CommandIo } from './command.ts';
import { makeStyle } from './style.ts';

/** Routes with their environments, one line each, within the width of the terminal. */
export function formatTable(routes: readonly Route[], io: CommandIo): string {
  const style = makeStyle(io);
  const cells = routes.map(({ environments }) => environments.map(cellsOf));
  const widths = [0, 1, 2].map((column) =>
    Math.min(28, Math.max(0, ...cells.flat().map((row) => row[column]?.length ?? 0))),
  );
  return routes
    .map(({ name, image }, index) => {
      const head = `${style('bold', name)}  ${image === name ? '' : image}`;
      const rows = (cells[index] ?? []).map((row) => {
        const left = row.slice(0, 3).map((cell, column) => fit(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0));
        const used = 2 + left.join('  ').length + 2;
        return `  ${left.join('  ')}  ${style('dim', fit(row[3] ?? '', Math.max(20, io.columns - used)))}`.trimEnd();
      });
      return `${[head.trimEnd(), ...rows].join('\n')}\n\n`;
    })
    .join('');
}

function cellsOf({ name, tags, takesPushes, promoteFrom, delivery, update, branch }: Environment): readonly string[] {
  const rule = [tags.match, tags.semver].filter((part) => part !== undefined).join(' ');
  const taken = takesPushes
    ? `${rule === '' ? 'any tag' : rule}, ${tags.order}`
    : `promoted from ${promoteFrom.join(' and ')}`;
  const files = update.map(({ file }) => file).join(', ');
  return [name, delivery, taken, branch === undefined ? files : `${branch}: ${files}`];
}

function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
