import { formatExpanded } from './check-expand.ts';
import { formatTable } from './check-table.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from './command.ts';
import { loadFromSettings } from './load-settings.ts';
import { flag, textOption, textOptions } from './options.ts';
import { splitImageName, imageName } from '../lib/model/image-reference.ts';
import { showProblems } from './show-problems.ts';
import type { Problem, Route, RouteTable } from '../lib/routes/route.ts';

const help = `
Checks routes as the app does at start, and lists all problems with file, line and column. Without FILE, it checks the
routes of the settings (ROUTES, ROUTES__<label>, ROUTES_FILE) and reads the repositories of ROUTES_FROM. A FILE in a
checkout of such a repository is checked within the \`allow\` of its entry. Other settings, such as ALLOW and REGISTRIES,
come from --settings, else from the environment.

  --settings FILE  read settings from this local.settings.json instead of the environment
  --expand         show each route in full, with captures as {service}, and the path of its promotions
  --image NAME     with --expand: show the route for this registry/repository; may be repeated
  --json           print { routes, problems } as JSON

Exit code 0: no errors (warnings allowed); 1: errors; 2: usage error.
`;

export const checkCommand: Command = {
  name: 'check',
  summary: 'validate routes, and show which image goes where',
  help,
  positionals: '[FILE…]',
  options: {
    settings: { type: 'string' },
    expand: { type: 'boolean' },
    image: { type: 'string', multiple: true },
    json: { type: 'boolean' },
  },
  run: check,
};

async function check(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const { table, problems } = await loadFromSettings(args.positionals, textOption(args, 'settings'), io);
  const images = textOptions(args, 'image');
  const expand = flag(args, 'expand') || images.length > 0;
  const templates = table?.templates() ?? [];
  const expanded = table && images.length > 0 ? routesOf(table, images) : templates;
  if (flag(args, 'json')) {
    const routes = (table?.entries ?? []).map((entry, index) =>
      Object.assign({}, entry, { example: undefined }, expand && images.length === 0 && { expanded: templates[index] }),
    );
    io.stdout.write(`${JSON.stringify({ routes, ...(images.length > 0 && { expanded }), problems }, null, 2)}\n`);
  } else {
    if (table) io.stdout.write(expand ? formatExpanded(expanded) : formatTable(templates, io));
    io.stdout.write(showProblems(problems, io));
    io.stdout.write(`${problems.length > 0 ? '\n' : ''}${summary(table, problems)}\n`);
    if (problems.some(({ code }) => code === 'setting-missing'))
      io.stderr.write('To check a file, name it: `tagrelay check routes.yaml`\n');
  }
  return table && problems.every(({ severity }) => severity === 'warning') ? 0 : 1;
}

function routesOf(table: RouteTable, images: readonly string[]): readonly Route[] {
  return images.map((text) => {
    const name = splitImageName(text);
    if (!name) throw new UsageError(`--image is \`${text}\`; expected registry/repository without a tag`);
    const route = table.match(imageName(name));
    if (!route) throw new UsageError(`no route matches the image ${imageName(name)}`);
    return route;
  });
}

function summary(table: RouteTable | undefined, problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const found = [count(errors, 'error'), count(problems.length - errors, 'warning')].join(', ');
  return table ? `${count(table.entries.length, 'route')}: ${found}` : found;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
