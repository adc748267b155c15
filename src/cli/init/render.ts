import { compareEnvironments, isForTrying } from './environment-words.ts';
import { restOf, type RouteGuess } from './fold.ts';
import type { EnvironmentGuess } from './guess.ts';
import { guessTags } from './guess-tags.ts';
import { unknownEnvironment } from './placed-image.ts';
import { shortList } from './texts.ts';

export interface Told<T> {
  readonly value: T;
  /** Why it was guessed. */
  readonly why: string;
}

export interface RoutesGuess {
  readonly repository: Told<string>;
  readonly branch?: Told<string>;
  readonly branches: Told<readonly string[]>;
  /** Template of the tag, where the pipeline defines it. */
  readonly buildTag?: Told<string>;
  readonly routes: readonly RouteGuess[];
  /** Findings that were left out, with the reason. */
  readonly notes: readonly string[];
}

/** The guessed routes as a document for people: each guess with its reason. */
export function renderRoutes({ repository, branch, branches, buildTag, routes, notes }: RoutesGuess): string {
  const names = [...new Set(routes.flatMap(({ environments }) => [...environments.keys()]))].toSorted(
    compareEnvironments,
  );
  const lines = [
    '# Guessed by `tagrelay init`; the reason stands beside each guess. `tagrelay check` validates this file, and',
    '# `tagrelay plan` shows what a push would change.',
    ...notes.map((note) => `# Note: ${oneLine(note)}`),
    'defaults:',
    `  repository: ${scalar(repository.value)} # ${oneLine(repository.why)}`,
    ...(branch ? [`  branch: ${scalar(branch.value)} # ${oneLine(branch.why)}`] : []),
    'environments:',
    ...names.flatMap((name, index) => environmentLines(name, index === 0, routes, branches, buildTag)),
    'routes:',
    ...routes.flatMap(routeLines),
  ];
  return `${lines.join('\n')}\n`;
}

function environmentLines(
  name: string,
  isFirst: boolean,
  routes: readonly RouteGuess[],
  branches: RoutesGuess['branches'],
  buildTag: RoutesGuess['buildTag'],
): readonly string[] {
  const found = routes.flatMap(({ environments }) => environments.get(name) ?? []);
  const { why, ...tags } = buildTag?.value === '{buildId}' ? buildIds : guessTags(found.flatMap((guess) => guess.tags));
  const moves = isFirst && (isForTrying(name) || (name === unknownEnvironment && buildTag !== undefined));
  return [
    `  ${scalar(name)}: # ${oneLine(found[0]?.why ?? '')}`,
    `    tags: ${flow(tags)} # ${oneLine(why)}`,
    ...(isFirst ? [`    from: ${flow({ branches: branches.value })} # ${oneLine(branches.why)}`] : []),
    ...(isFirst && buildTag ? [`    build: ${flow({ tag: buildTag.value })} # ${oneLine(buildTag.why)}`] : []),
    moves
      ? '    delivery: commit # moves by itself; `observe` writes nothing, to run beside an old step'
      : '    delivery: pull-request # each change is reviewed; `commit` writes without review',
  ];
}

const buildIds = { match: '^(\\d+)$', order: 'numeric', why: "a build's id is a number" };

function routeLines({ name, image, common, environments, images }: RouteGuess): readonly string[] {
  const why = images.length > 1 ? [`  # Folded from ${images.length} images: ${shortList(images)}`] : [];
  const head = [...why, `  ${scalar(name)}:`, `    image: ${scalar(image)}`];
  if (!common) {
    const own = Array.from(environments, ([name, guess]) => ownLines(name, guess)).flat();
    return [...head, '    environments:', ...own];
  }
  const names = [...environments.keys()].toSorted(compareEnvironments);
  const own = names.map((name) => {
    const guess = environments.get(name);
    return `      ${scalar(name)}: ${flow(guess === undefined ? {} : restOf(guess))}`;
  });
  const { update, isWhole, ...rest } = common;
  return [
    ...head,
    `    update: ${flow(update)}`,
    ...Object.entries(rest).map(([field, value]) => `    ${field}: ${flow(value)}`),
    ...(isWhole ? [`    environments: ${flow(names)}`] : ['    environments:', ...own]),
  ];
}

function ownLines(name: string, guess: EnvironmentGuess): readonly string[] {
  return [
    `      ${scalar(name)}:`,
    `        update: ${flow(guess.update)}`,
    ...Object.entries(restOf(guess)).map(([field, value]) => `        ${field}: ${flow(value)}`),
  ];
}

/** A value in flow style, with text in quotes wherever it is not plainly a word. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${key}: ${flow(entry)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return typeof value === 'string' ? scalar(value) : String(value);
}

function scalar(text: string): string {
  const isWord =
    /^[A-Za-z][\w./-]*$|^https:[\w.:/%-]+$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isWord ? text : `'${text.replaceAll("'", "''")}'`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
