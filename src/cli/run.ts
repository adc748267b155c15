import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { Failure, formatPosition } from '../lib/model/failure.ts';
import { didYouMean } from '../lib/routes/read/suggest.ts';
import { fitLine } from './fit-line.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from './command.ts';

/** Runs one command line. Errors go to `stderr`; with `DEBUG` set, with a stack trace. */
export async function runCli(commands: readonly Command[], argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const command = commands.find((candidate) => candidate.name === rest[0]);
    (name === undefined ? io.stderr : io.stdout).write(command ? helpOf(command) : overview(commands));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    io.stdout.write(`${packageJson.version}\n`);
    return 0;
  }
  try {
    const command = commands.find((candidate) => candidate.name === name);
    if (!command) {
      const names = commands.map((known) => known.name);
      io.stderr.write(
        `tagrelay: there is no command \`${name}\`${didYouMean(name, names)}\n\`tagrelay --help\` lists the commands.\n`,
      );
      return 2;
    }
    if (rest.some((argument) => argument === '--help' || argument === '-h')) {
      io.stdout.write(helpOf(command));
      return 0;
    }
    return await command.run(readArguments(command, rest), io);
  } catch (error) {
    return reportError(error, name, io);
  }
}

function readArguments({ options, positionals }: Command, args: readonly string[]): CommandArguments {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: positionals !== undefined, tokens: true });
    const given = parsed.tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const repeated = given.find((name, index) => options[name]?.multiple !== true && given.indexOf(name) < index);
    if (repeated !== undefined) throw new UsageError(`--${repeated} is given twice; expected it once.`);
    return parsed;
  } catch (error) {
    // Node reports wrong arguments as TypeErrors with codes of their own.
    if (error instanceof TypeError) throw new UsageError(argumentProblem(error.message, options), { cause: error });
    throw error;
  }
}

/** Node's message on an argument, without its advice for programs; an unknown option gets the closest one. */
function argumentProblem(message: string, options: Command['options']): string {
  const [, unknown] = /^Unknown option '(-+[^']*)'/.exec(message) ?? [];
  if (unknown === undefined) return message;
  const names = Object.keys(options).map((name) => `--${name}`);
  return `there is no option \`${unknown}\`${didYouMean(unknown, names)}`;
}

function reportError(error: unknown, name: string, io: CommandIo): ExitCode {
  const { stderr, env } = io;
  const isUsage = error instanceof UsageError;
  const position = error instanceof Failure ? formatPosition(error.place) : '';
  const text = error instanceof Error ? error.message : String(error);
  const message = `tagrelay ${name}: ${position === '' ? '' : `${position}: `}${text}`;
  stderr.write(
    `${message
      .split('\n')
      .map((line) => fitLine(line, io))
      .join('\n')}\n`,
  );
  if ((env['DEBUG'] ?? '') !== '' && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
  else if (isUsage) stderr.write(`\`tagrelay ${name} --help\` shows how it is called.\n`);
  return isUsage ? 2 : 1;
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Usage: tagrelay COMMAND [ARGUMENTS]',
    '',
    ...lines,
    '',
    '`tagrelay COMMAND --help` describes a command, `tagrelay --version` prints the version.',
    '',
  ].join('\n');
}

function helpOf({ name, summary, help, positionals }: Command): string {
  const usage = ['Usage: tagrelay', name, ...(positionals === undefined ? [] : [positionals]), '[OPTIONS]'].join(' ');
  return `${usage}\n\n${summary}\n\n${help.trim()}\n`;
}
