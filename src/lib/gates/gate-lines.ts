import { createHash } from 'node:crypto';
import type { Deployment } from '../model/deployment.ts';
import type { Gate } from './gate.ts';

/** Azure Pipelines cuts lines that are longer. */
const longestLine = 1_000;
/** What the log keeps, in lines and in characters: a row of storage holds 1 MiB. The first lines go first. */
const mostLines = 400;
const mostCharacters = 150_000;

/** What a gate's log says when it opens. */
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
 * What is new of the deployments since the log last said something.
 *
 * @returns the lines, and what has been said of each deployment with them, hashed
 */
export function newLines(
  said: Gate['said'],
  deployments: readonly Deployment[],
  now: Date,
): { readonly lines: readonly string[]; readonly said: Gate['said'] } {
  const lines: string[] = [];
  const next: Record<string, string> = { ...said };
  for (const deployment of deployments) {
    const text = describe(deployment);
    const key = deployment.update.id;
    const saying = createHash('sha256').update(text.join('\n')).digest('base64url').slice(0, 16);
    if (next[key] === saying) continue;
    next[key] = saying;
    lines.push(...text.map((line, index) => (index === 0 ? stamp(line, now) : `    ${cut(line)}`)));
  }
  return { lines, said: next };
}

/** A line with its time, as the other lines of a log have it. */
export function stamp(line: string, now: Date): string {
  return cut(`${now.toISOString().slice(11, 19)} ${line}`);
}

/** The last lines, as many as are kept. */
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
    ...(warning === undefined ? [] : [`warning: ${warning}`]),
  ];
}

function cut(line: string): string {
  const flat = line.replace(/\s+/g, ' ');
  return flat.length <= longestLine ? flat : `${flat.slice(0, longestLine - 1)}…`;
}
