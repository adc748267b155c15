import { compareEnvironments, isForTrying } from './environment-words.ts';
import { restOf, type RouteGuess } from './fold.ts';
import { guessTags, isTaken, nextTag, type TagGuess } from './guess-tags.ts';
import { isAzureRegistry } from './own-image.ts';
import { groupBy, shortList } from './texts.ts';

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
    ...routes.flatMap((route) => routeLines(route, (name) => commonTags(name, routes, buildTag))),
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
  const own = routes.filter(({ environments }) => environments.has(name));
  const [first] = own;
  const { why, ...tags } = commonTags(name, routes, buildTag);
  const moves = isFirst && isForTrying(name);
  const others = own.map(({ image }) => image.split('/', 1)[0] ?? '').filter((host) => !isAzureRegistry(host));
  const from =
    others.length === 0
      ? `    from: ${flow({ branches: branches.value })} # ${oneLine(branches.why)}`
      : `    # no \`from\`: ${others[0] ?? ''} does not return when it received an image`;
  return [
    `  ${scalar(name)}: # ${oneLine(first?.environments.get(name)?.why ?? '')}`,
    `    tags: ${flow(tags)} # ${oneLine(why)}`,
    ...(isFirst ? [from] : []),
    ...(isFirst && buildTag ? [`    build: ${flow({ tag: buildTag.value })} # ${oneLine(buildTag.why)}`] : []),
    moves
      ? '    delivery: commit # moves by itself; `observe` writes nothing, to run beside an old step'
      : '    delivery: pull-request # each change is reviewed; `commit` writes without review',
  ];
}

/** The policy of an environment: one that accepts the tags of all routes, else that of most routes. */
function commonTags(name: string, routes: readonly RouteGuess[], buildTag: RoutesGuess['buildTag']): TagGuess {
  const lists = routes.flatMap(({ environments }) => environments.get(name)?.tags ?? []);
  if (buildTag?.value === '{buildId}' && lists.every((tag) => isTaken(buildIds, tag))) return buildIds;
  const joined = guessTags(lists);
  if (joined.match !== undefined || joined.semver !== undefined) return joined;
  const guesses = groupBy(
    routes.flatMap(({ environments }) => {
      const tags = environments.get(name)?.tags ?? [];
      return tags.length === 0 ? [] : [guessTags(tags)];
    }),
    policyText,
  );
  return [...guesses.values()].toSorted((a, b) => b.length - a.length)[0]?.[0] ?? joined;
}

function policyText({ match, semver, order }: TagGuess): string {
  return JSON.stringify([match, semver, order]);
}

const buildIds: TagGuess = { match: '^(\\d+)$', order: 'numeric', why: "a build's id is a number" };

type Common = (name: string) => TagGuess;

function routeLines({ name, image, common, environments, images }: RouteGuess, commonOf: Common): readonly string[] {
  const why = images.length > 1 ? [`  # Folded from ${images.length} images: ${shortList(images)}`] : [];
  const names = [...environments.keys()].toSorted(compareEnvironments);
  const overrides = names.map((environment) => {
    const guess = environments.get(environment) ?? { update: [], tags: [], why: '' };
    const { update, tags } = guess;
    const { why: _, ...own } = guessTags(tags);
    const accepted = commonOf(environment);
    const isOther =
      tags.length > 0 && !tags.flatMap((tag) => [tag, nextTag(tag)]).every((tag) => isTaken(accepted, tag));
    return {
      environment,
      own: {
        ...(!common && { update }),
        ...(!common?.isWhole && restOf(guess)),
        ...(isOther && policyText(accepted) !== policyText({ ...own, why: '' }) && { tags: replacing(accepted, own) }),
      },
    };
  });
  const { update, isWhole: _isWhole, ...shared } = common ?? { update: undefined, isWhole: false };
  return [
    ...why,
    `  ${scalar(name)}:`,
    `    image: ${scalar(image)}`,
    ...(update ? [`    update: ${flow(update)}`] : []),
    ...Object.entries(shared).map(([field, value]) => `    ${field}: ${flow(value)}`),
    ...(overrides.every(({ own }) => Object.keys(own).length === 0)
      ? [`    environments: ${flow(names)}`]
      : ['    environments:', ...overrides.flatMap(({ environment, own }) => overrideLines(environment, own))]),
  ];
}

/** The policy of a route as an override: `null` removes an inherited field. */
function replacing(inherited: TagGuess, own: Omit<TagGuess, 'why'>): Readonly<Record<string, unknown>> {
  return {
    ...(inherited.match !== undefined && { match: null }),
    ...(inherited.semver !== undefined && { semver: null }),
    ...own,
  };
}

function overrideLines(name: string, own: Readonly<Record<string, unknown>>): readonly string[] {
  const entries = Object.entries(own);
  if (!('update' in own)) return [`      ${scalar(name)}: ${flow(own)}`];
  return [`      ${scalar(name)}:`, ...entries.map(([key, value]) => `        ${key}: ${flow(value)}`)];
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
