import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { routeDocuments } from '../lib/routes/read/documents.ts';
import { showProblems } from './show-problems.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from './command.ts';
import { readNamedFile, replaceNamedFile } from './files.ts';
import { loadFromSettings } from './load-settings.ts';
import { choice, flag, textOption } from './options.ts';
import { shellWord } from './shell-words.ts';

const help = `
Prints a routes file as an app setting. Checks the routes first.

  --as portal      JSON for the portal's "Advanced edit" of the environment variables (the default)
  --as az          an az command, for a POSIX shell
  --as local       write the setting to a local.settings.json; its other values are unchanged
  --label NAME     name the setting ROUTES__NAME instead of ROUTES, for a separate document
  --app NAME       with --as az: the function app (else a placeholder)
  --group NAME     with --as az: its resource group (else a placeholder)
  --file FILE      with --as local: the file to write (else local.settings.json)
  --json           print { name, value } as JSON, instead of --as

Exit code 0: done; 1: the routes have errors; 2: usage error.
`;

export const settingsCommand: Command = {
  name: 'settings',
  summary: 'print the app setting for a routes file: for the portal, for az, for local.settings.json',
  help,
  positionals: 'FILE',
  options: {
    as: { type: 'string' },
    label: { type: 'string' },
    app: { type: 'string' },
    group: { type: 'string' },
    file: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: printSettings,
};

async function printSettings(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [file, ...others] = args.positionals;
  if (file === undefined || others.length > 0) throw new UsageError('expected one routes file');
  const form = choice(args, 'as', ['portal', 'az', 'local']) ?? 'portal';
  if (flag(args, 'json') && textOption(args, 'as') !== undefined)
    throw new UsageError('--json and --as exclude each other; expected one of them');
  const label = textOption(args, 'label');
  const name = label === undefined ? 'ROUTES' : `ROUTES__${label}`;
  const value = (await readNamedFile(resolve(io.cwd, file), 'the routes file')).trimEnd();
  const { problems } = routeDocuments({ [name]: value }, () => '');
  const loaded = await loadFromSettings([file], undefined, io);
  const errors = [...problems, ...loaded.problems].filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    io.stderr.write(showProblems(errors, io));
    return 1;
  }
  const empty = loaded.problems.filter(({ code }) => code === 'no-routes');
  const warnings = [...problems.filter(({ severity }) => severity === 'warning'), ...empty];
  io.stderr.write(showProblems(warnings, io));
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify({ name, value }, null, 2)}\n`);
  else if (form === 'portal') {
    io.stdout.write(`${JSON.stringify([{ name, value, slotSetting: false }], null, 2)}\n`);
    io.stderr.write(`${portalSteps(name)}${deployedByAzd}`);
  } else if (form === 'az') {
    io.stdout.write(azCommand(name, value, textOption(args, 'app'), textOption(args, 'group')));
    io.stderr.write(`Sets ${name} only; other settings stay. The app restarts.\n${deployedByAzd}`);
  } else await writeLocal(resolve(io.cwd, textOption(args, 'file') ?? 'local.settings.json'), name, value, io);
  return 0;
}

function portalSteps(name: string): string {
  return `Portal: the Function App → Settings → Environment variables → Advanced edit.
Add the entry between [ and ] to the list there, or replace the entry ${name}.
Do not replace the whole list: a setting that is not in it is deleted.
`;
}

const deployedByAzd = `If azd deployed the app, change infra/routes.yaml instead: azd provision
replaces all settings.
`;

function azCommand(name: string, value: string, app = 'APP', group = 'GROUP'): string {
  return `az functionapp config appsettings set --name ${shellWord(app)} --resource-group ${shellWord(group)} --settings \\\n  ${shellWord(`${name}=${value}`)}\n`;
}

const localSettings = z.looseObject({ Values: z.record(z.string(), z.unknown()).optional() });

async function writeLocal(path: string, name: string, value: string, io: CommandIo): Promise<void> {
  const found = await readLocal(path);
  const settings = { IsEncrypted: false, ...found, Values: { ...found.Values, [name]: value } };
  await replaceNamedFile(path, `${JSON.stringify(settings, null, 2)}\n`);
  io.stdout.write(`Wrote ${name} to ${path}; its other values are unchanged.\n`);
}

async function readLocal(path: string): Promise<z.infer<typeof localSettings>> {
  const text = existsSync(path) ? await readNamedFile(path, 'the settings file') : '{}';
  const parsed = localSettings.safeParse(parseJson(text));
  if (!parsed.success)
    throw new UsageError(`${path} is not a local.settings.json; expected JSON such as { "Values": { … } }`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined; // The caller reports it.
  }
}
