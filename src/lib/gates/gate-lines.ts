import { createHash } from 'node:crypto';
import type { Deployment } from '../model/deployment.ts';
import type { Gate } from './gate.ts';
import type { Seen } from './seen.ts';

/** Azure Pipelines cuts longer lines. */
const longestLine = 1_000;
/** Limits of the stored log: a table row holds 1 MiB. The oldest lines are dropped first. */
const mostLines = 400;
const mostCharacters = 150_000;

/** The first lines of a gate's log. */
export function openingLines({ question, endsAt }: Pick<Gate, 'question' | 'endsAt'>): readonly string[] {
  const { environment, routes, count } = question;
  const what = [
    count === undefined ? 'the deployments' : `${count} deployments`,
    `of ${selectorText(question)}`,
    `in ${environment}`,
    ...(routes ? [`(${routes.join(', ')})`] : []),
  ].join(' ');
  return [`Waiting for ${what}, until ${endsAt} at the latest.`];
}

function selectorText({ selector }: Gate['question']): string {
  switch (selector.kind) {
    case 'build':
      return `build ${selector.build}`;
    case 'tag':
      return `tag ${selector.tag}`;
    case 'commit':
      return `commit ${selector.commit}`;
    default:
      return selector satisfies never;
  }
}

/**
 * Lines for the deployments that have changed since their last line.
 *
 * @returns the lines, and the hash of the last line of each deployment
 */
export function newLines(
  reported: Gate['reported'],
  deployments: readonly Deployment[],
  now: Date,
): { readonly lines: readonly string[]; readonly reported: Gate['reported'] } {
  const lines: string[] = [];
  const next: Record<string, string> = { ...reported };
  for (const deployment of deployments) {
    const text = describe(deployment);
    const key = deployment.update.id;
    const hash = hashOf(text.join('\n'));
    if (next[key] === hash) continue;
    next[key] = hash;
    lines.push(...text.map((line, index) => (index === 0 ? stamp(line, now) : `    ${cut(line)}`)));
  }
  return { lines, reported: next };
}

/** Pushes from longer before the gate explain nothing. */
const recentMs = 60 * 60_000;
const mostSeen = 10;

/** A line for each thing that was seen and is not in the log yet. */
export function seenLines(
  { reported, openedAt }: Pick<Gate, 'reported' | 'openedAt'>,
  seen: readonly Seen[],
  now: Date,
): { readonly lines: readonly string[]; readonly reported: Gate['reported'] } {
  const lines: string[] = [];
  const next: Record<string, string> = { ...reported };
  const from = Date.parse(openedAt) - recentMs;
  const recent = seen.filter(({ at, never }) => never !== undefined || at === undefined || Date.parse(at) >= from);
  for (const { text } of recent.slice(0, mostSeen)) {
    const key = `seen ${hashOf(text)}`;
    if (next[key] !== undefined) continue;
    next[key] = 'shown';
    lines.push(stamp(text, now));
  }
  return { lines, reported: next };
}

/** A line with its time. */
export function stamp(line: string, now: Date): string {
  return cut(`${now.toISOString().slice(11, 19)} ${line}`);
}

/** The newest lines within the limits. */
export function keepLines(lines: readonly string[]): readonly string[] {
  let room = mostCharacters;
  const first = lines.findLastIndex((line) => (room -= line.length) < 0) + 1;
  return lines.slice(Math.max(first, lines.length - mostLines));
}

function describe({
  update,
  state,
  commit,
  branch,
  reason,
  warning,
  recovery,
  pullRequest,
  progress = {},
}: Deployment): string[] {
  const { route, environment, image } = update;
  const at = commit === undefined ? '' : ` at ${commit.slice(0, 10)}${branch === undefined ? '' : ` on ${branch}`}`;
  const link = state === 'pull-request' && pullRequest ? ` ${pullRequest.url}` : '';
  const why = reason === undefined ? '' : `: ${reason}`;
  return [
    `${route} ${image.tag} in ${environment}: ${state}${at}${link}${why}`,
    ...Object.entries(progress).flatMap(([application, { failures = [] }]) =>
      failures.map(({ resource, message }) =>
        [application, resource, message].filter((part) => part !== undefined).join(': '),
      ),
    ),
    ...(recovery === undefined ? [] : [recovery]),
    ...(warning === undefined ? [] : [`warning: ${warning}`]),
  ];
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

function cut(line: string): string {
  const flat = line.replace(/\s+/g, ' ');
  return flat.length <= longestLine ? flat : `${flat.slice(0, longestLine - 1)}…`;
}
