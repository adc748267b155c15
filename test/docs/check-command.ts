import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { commands } from '../../src/cli/commands.ts';

const root = join(import.meta.dirname, '../..');
const scripts: Readonly<Record<string, string>> = packageJson.scripts;
/** Commands of npm itself that pages may tell to call. */
const npmCommands = new Set(['ci', 'install', 'exec', 'sbom', 'audit']);

/** What is wrong with a command of this project, as far as it can be told without running it; nothing of another's. */
export function commandProblem(words: readonly string[]): string | undefined {
  const missing = words.find(
    (word) => /^(?:infra|docs|local|src|bench)\/[\w./-]+\.\w+$/.test(word) && !existsSync(join(root, word)),
  );
  if (missing !== undefined) return `there is no file ${missing}`;
  const [first, second, ...rest] = words;
  if (first === 'npx' && second === 'tagrelay') return tagrelayProblem(rest);
  if (first === 'tagrelay') return tagrelayProblem(words.slice(1));
  return first === 'npm' ? npmProblem(words.slice(1)) : undefined;
}

function tagrelayProblem([name, ...args]: readonly string[]): string | undefined {
  if (name === undefined || name === 'COMMAND' || name === '…' || name.startsWith('--')) return undefined;
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) return `tagrelay has no command ${name}; it has ${commands.map((known) => known.name).join(', ')}`;
  if (args.some((argument) => argument === '--help')) return undefined;
  const given = args.filter((argument) => argument !== '…');
  const last = given.at(-1)?.replace(/^--/, '') ?? '';
  // An option that is only named, as in running text, has no value.
  const value = given.at(-1)?.startsWith('--') === true && command.options[last]?.type === 'string' ? ['VALUE'] : [];
  try {
    parseArgs({
      args: [...given, ...value],
      options: command.options,
      allowPositionals: command.positionals !== undefined,
    });
    return undefined;
  } catch (error) {
    return `tagrelay ${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function npmProblem([name, ...args]: readonly string[]): string | undefined {
  const separator = args.indexOf('--');
  const before = separator === -1 ? args : args.slice(0, separator);
  const script = name === 'run' ? before.find((argument) => !argument.startsWith('-')) : name;
  if (script === undefined || (name !== 'run' && npmCommands.has(script))) return undefined;
  const line = scripts[script];
  if (line === undefined) return `package.json has no script ${script}`;
  const entry = /(\S+\.(?:ts|cjs))/.exec(line)?.[1];
  if (separator === -1 || entry === undefined) return undefined;
  const folder = join(root, dirname(entry));
  const sources = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  const unknown = args
    .slice(separator + 1)
    .filter((argument) => argument.startsWith('--'))
    .find((argument) => {
      const name = argument.slice(2).replace(/=.*$/, '');
      return !new RegExp(`--${name}\\b|'${name}'|\\b${name}: \\{`).test(sources);
    });
  return unknown === undefined ? undefined : `npm run ${script} has no option ${unknown}`;
}
