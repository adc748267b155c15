import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { parseImageReference } from '../lib/model/image-reference.ts';
import { parseTrailers } from '../lib/model/trailers.ts';
import type { ImageUpdate } from '../lib/model/trailers.ts';
import { didYouMean } from '../lib/routes/read/suggest.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from './command.ts';
import { flag, textOption } from './options.ts';

const help = `
Lists the deployments of an environment from Git alone, the newest first: each commit whose trailer names it and whose
diff sets its image, with its cause: a push, a promotion, or a rollback. Needs no app and no key.

  --route NAME        the route, its captures filled in
  --environment NAME  the environment
  --checkout DIR      a clone of the GitOps repository
  --ref REF           the branch or commit to read; by default the one that is checked out
  --json              print a list as JSON

Exit code 0: listed; 1: no commit names the environment, or DIR is not a clone; 2: usage error.
`;

/** `tagrelay history`: the deployments of an environment, from the trailers in Git. */
export const historyCommand: Command = {
  name: 'history',
  summary: 'list the deployments of an environment from Git alone',
  help,
  options: {
    route: { type: 'string' },
    environment: { type: 'string' },
    checkout: { type: 'string' },
    ref: { type: 'string' },
    json: { type: 'boolean' },
  },
  run: history,
};

interface Entry extends ImageUpdate {
  readonly commit: string;
  /** ISO 8601. */
  readonly at: string;
}

async function history(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [route, environment, checkout] = ['route', 'environment', 'checkout'].map((name) => textOption(args, name));
  if (route === undefined || environment === undefined || checkout === undefined)
    throw new UsageError('expected --route, --environment and --checkout');
  const ref = textOption(args, 'ref') ?? 'HEAD';
  const log = await gitLog(checkout, ref);
  if ('problem' in log) {
    io.stderr.write(`${log.problem}\n`);
    return 1;
  }
  const ours = log.entries.filter((entry) => entry.route === route && entry.environment === environment);
  // A merge may repeat the trailer of the commit that it merges.
  const entries = ours.filter(({ id }, index) => ours.findIndex((one) => one.id === id) === index);
  if (entries.length === 0) {
    const names = new Set(log.entries.map((entry) => `${entry.route} ${entry.environment}`));
    const near = didYouMean(`${route} ${environment}`, names);
    io.stderr.write(`No commit of ${ref} names ${route} in ${environment}${near}\n`);
    return 1;
  }
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
  else for (const entry of entries) io.stdout.write(`${line(entry)}\n`);
  return 0;
}

function line({ commit, at, previous, image, cause = 'push', from, of }: Entry): string {
  const tag = image.slice(image.lastIndexOf('/') + 1).replace(/^[^:]*:/, '');
  const origin = [cause, ...(from === undefined ? [] : [`from ${from}`]), ...(of === undefined ? [] : [`of ${of}`])];
  return `${at}  ${commit.slice(0, 10)}  ${previous ?? '(none)'} → ${tag}  ${origin.join(' ')}`;
}

/** A record of `git log`: fields end with NUL, so that no message can look like one. The diff follows. */
const format = '%x00%H%x00%cI%x00%B%x00';
const diff = ['--patch', '--unified=0', '--diff-merges=first-parent', '--no-ext-diff', '--no-textconv', '--no-color'];

async function gitLog(
  checkout: string,
  ref: string,
): Promise<{ readonly entries: readonly Entry[] } | { readonly problem: string }> {
  const search = ['--regexp-ignore-case', '--grep=^image-update', ref, '--'];
  const args = ['-C', checkout, 'log', `--format=${format}`, ...diff, ...search];
  const child = spawn('git', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.on('close', resolve);
      child.on('error', reject);
    }),
  ]);
  if (code !== 0)
    return {
      problem: `${checkout}: ${errors.trim()}. Expected the checkout of the GitOps repository, and a \`--ref\` of it.`,
    };
  const [, ...fields] = output.split('\0');
  const entries: Entry[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [commit = '', time = '', message = '', changes = ''] = fields.slice(at, at + 4);
    for (const update of parseTrailers(message))
      if (setsImage(changes, update)) entries.push({ commit, at: time, ...update });
  }
  return { entries };
}

/** Whether a diff adds the tag or digest of an image. Anyone can write a trailer. */
function setsImage(changes: string, { image }: ImageUpdate): boolean {
  const reference = parseImageReference(image);
  const texts = [reference?.tag, reference?.digest].flatMap((text) => text ?? []);
  const added = changes.split('\n').filter((line) => line.startsWith('+') && !line.startsWith('+++'));
  return added.some((line) => texts.some((text) => hasText(line, text)));
}

/** Whether a line has a text that no longer number continues; templates put other characters around a tag. */
function hasText(line: string, text: string): boolean {
  for (let at = line.indexOf(text); at >= 0; at = line.indexOf(text, at + 1)) {
    const edges = [line.slice(Math.max(0, at - 1), at + 1), line.slice(at + text.length - 1, at + text.length + 1)];
    if (!edges.some((edge) => /^\d\d$/.test(edge))) return true;
  }
  return false;
}
