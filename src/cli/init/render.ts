import { isMovingTag } from '../../lib/routes/match/moving-tags.ts';
import { compareEnvironments, isForTrying, isSameRank } from './environment-words.ts';
import { restOf, type RouteGuess } from './fold.ts';
import { guessTags, isTaken, nextTag, type TagGuess } from './guess-tags.ts';
import { isAzureRegistry } from './own-image.ts';
import { templatePolicy } from './tag-template.ts';
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
  /** The image of the pipeline; `buildTag` and `stageBranches` are for it alone. */
  readonly pipelineImage?: string;
  /** The branches of the stage of an environment, where it has a condition. */
  readonly stageBranches?: ReadonlyMap<string, readonly string[]>;
  readonly routes: readonly RouteGuess[];
  /** Findings that were left out, with the reason. */
  readonly notes: readonly string[];
}

/** The guessed routes as a document for people: each guess with its reason. */
export function renderRoutes(guess: RoutesGuess): string {
  const { repository, branch, routes, notes } = guess;
  const names = [...new Set(routes.flatMap(({ environments }) => [...environments.keys()]))].toSorted(
    compareEnvironments,
  );
  const policies: Policies = new Map(names.map((name) => [name, commonTags(name, guess)]));
  const lines = [
    '# Guessed by `tagrelay init`; the reason stands beside each guess. `tagrelay check` validates this file, and',
    '# `tagrelay plan` shows what a push would change.',
    ...notes.map((note) => `# Note: ${oneLine(note)}`),
    'defaults:',
    `  repository: ${scalar(repository.value)} # ${oneLine(repository.why)}`,
    ...(branch ? [`  branch: ${scalar(branch.value)} # ${oneLine(branch.why)}`] : []),
    'environments:',
    ...names.flatMap((name) => environmentLines(name, names, guess, policies)),
    'routes:',
    ...routes.flatMap((route) => routeLines(route, names, guess, policies)),
  ];
  return `${lines.join('\n')}\n`;
}

type Policies = ReadonlyMap<string, TagGuess>;

/** Images reach the stages that are farthest from production first, in all regions of them. */
function isFirstStage(name: string, [first = name]: readonly string[]): boolean {
  return isSameRank(name, first);
}

function environmentLines(
  name: string,
  names: readonly string[],
  guess: RoutesGuess,
  policies: Policies,
): readonly string[] {
  const isFirst = isFirstStage(name, names);
  const own = routesIn(name, guess);
  const [first] = own;
  const { why, ...tags } = policies.get(name) ?? commonTags(name, guess);
  const moves = isFirst && isForTrying(name, names);
  const others = own.map(({ image }) => image.split('/', 1)[0] ?? '').filter((host) => !isAzureRegistry(host));
  const { from, build } = isOfPipeline(own, guess) ? pipelineFields(name, isFirst, guess) : otherFields(isFirst);
  return [
    `  ${scalar(name)}: # ${oneLine(first?.environments.get(name)?.why ?? '')}`,
    `    tags: ${flow(tags)} # ${oneLine(why)}`,
    ...(from && others.length > 0
      ? [`    # no \`from\`: ${others[0] ?? ''} does not return when it received an image`]
      : []),
    ...(from && others.length === 0 ? [`    from: ${flow({ branches: from.value })} # ${oneLine(from.why)}`] : []),
    ...(build ? [`    build: ${flow({ tag: build.value })} # ${oneLine(build.why)}`] : []),
    moves
      ? '    delivery: commit # moves by itself; `observe` writes nothing, to run beside an old step'
      : '    delivery: pull-request # each change is reviewed; `commit` writes without review',
  ];
}

function routesIn(name: string, { routes }: RoutesGuess): readonly RouteGuess[] {
  return routes.filter(({ environments }) => environments.has(name));
}

/** Fields that a pipeline shows are for its image alone. */
function isOfPipeline(routes: readonly RouteGuess[], { pipelineImage }: RoutesGuess): boolean {
  return (
    pipelineImage !== undefined && routes.every(({ images }) => images.length === 1 && images[0] === pipelineImage)
  );
}

interface BuildFields {
  readonly from?: Told<readonly string[]>;
  readonly build?: Told<string>;
}

function pipelineFields(
  name: string,
  isFirst: boolean,
  { branches, buildTag, stageBranches }: RoutesGuess,
): BuildFields {
  const stage = stageBranches?.get(name);
  const from = stage
    ? { value: stage, why: 'the condition of the stage or script that writes it' }
    : isFirst
      ? branches
      : undefined;
  return { ...(from && { from }), ...(from && buildTag?.value.includes('{') === true && { build: buildTag }) };
}

function otherFields(isFirst: boolean): BuildFields {
  return isFirst ? { from: { value: ['main'], why: 'images of other branches and of pull requests stay out' } } : {};
}

/** The policy of an environment: one that accepts the tags of all routes, else that of most routes. */
function commonTags(name: string, guess: RoutesGuess): TagGuess {
  const { buildTag } = guess;
  const own = routesIn(name, guess);
  const lists = own.flatMap(({ environments }) => environments.get(name)?.tags ?? []);
  const template = buildTag && isOfPipeline(own, guess) ? templatePolicy(buildTag.value) : undefined;
  if (buildTag && template && lists.every((tag) => isTaken(template, tag)))
    return { ...template, why: `the pipeline tags its images ${buildTag.value}` };
  if (lists.every(isMovingTag)) {
    const others = own.flatMap(({ environments }) => [...environments.values()].flatMap(({ tags }) => tags));
    const { why, ...policy } = guessTags(others);
    const missing =
      lists.length === 0 ? 'no tag was found here' : `${shortList([...new Set(lists)])}: moving tags are not accepted`;
    if (!others.every(isMovingTag)) return { ...policy, why: `${missing}; in other environments, ${why}` };
  }
  const joined = guessTags(lists);
  if (joined.match !== undefined || joined.semver !== undefined) return joined;
  const guesses = groupBy(
    own.flatMap(({ environments }) => {
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

function routeLines(
  route: RouteGuess,
  allNames: readonly string[],
  all: RoutesGuess,
  policies: Policies,
): readonly string[] {
  const { name, image, common, environments, images } = route;
  const why = images.length > 1 ? [`  # Folded from ${images.length} images: ${shortList(images)}`] : [];
  const names = [...environments.keys()].toSorted(compareEnvironments);
  const overrides = names.map((environment) => {
    const guess = environments.get(environment) ?? { update: [], tags: [], why: '' };
    const { update, tags } = guess;
    const { why: _, ...own } = guessTags(tags);
    const accepted = policies.get(environment) ?? commonTags(environment, all);
    const fields =
      isOfPipeline([route], all) && !isOfPipeline(routesIn(environment, all), all)
        ? pipelineFields(environment, isFirstStage(environment, allNames), all)
        : {};
    const isOther =
      !tags.every(isMovingTag) && !tags.flatMap((tag) => [tag, nextTag(tag)]).every((tag) => isTaken(accepted, tag));
    return {
      environment,
      own: {
        ...(!common && { update }),
        ...(!common?.isWhole && restOf(guess)),
        ...(fields.from && { from: { branches: fields.from.value } }),
        ...(fields.build && { build: { tag: fields.build.value } }),
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
