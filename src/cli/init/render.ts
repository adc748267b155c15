import { stringify } from 'yaml';
import { compareEnvironments } from './environment-sign.ts';
import type { RouteGuess } from './fold.ts';
import { guessTags } from './guess-tags.ts';

export interface Told<T> {
  readonly value: T;
  /** Why it was guessed. */
  readonly why: string;
}

export interface RoutesGuess {
  readonly repository: Told<string>;
  readonly branch?: Told<string>;
  readonly branches: Told<readonly string[]>;
  /** Template of the tag, where a pipeline says what its tags are made of. */
  readonly buildTag?: Told<string>;
  readonly routes: readonly RouteGuess[];
  /** What was found and left out, and why. */
  readonly notes: readonly string[];
}

/** The guessed routes as a document for people: each guess with its reason. */
export function renderRoutes({ repository, branch, branches, buildTag, routes, notes }: RoutesGuess): string {
  const names = [...new Set(routes.flatMap(({ environments }) => [...environments.keys()]))].toSorted(compareEnvironments);
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
  const { why, ...tags } = guessTags(found.flatMap((guess) => guess.tags));
  const lines = [
    `  ${scalar(name)}: # seen in ${oneLine(found[0]?.why ?? '')}`,
    `    tags: ${flow(tags)} # ${oneLine(why)}`,
  ];
  if (!isFirst) return [...lines, '    delivery: pull-request # nearer to production: somebody looks at it first'];
  return [
    ...lines,
    `    from: ${flow({ branches: branches.value })} # ${oneLine(branches.why)}`,
    ...(buildTag ? [`    build: ${flow({ tag: buildTag.value })} # ${oneLine(buildTag.why)}`] : []),
    '    delivery: commit # the first environment moves by itself; `observe` writes nothing, to run beside an old step',
  ];
}

function routeLines({ name, image, common, environments, images }: RouteGuess): readonly string[] {
  const why = images.length > 1 ? [`  # Folded from ${images.length} images: ${shortList(images)}`] : [];
  const head = [...why, `  ${scalar(name)}:`, `    image: ${scalar(image)}`];
  if (common) {
    return [
      ...head,
      `    update: ${flow(common.update)}`,
      ...(common.application === undefined ? [] : [`    application: ${scalar(common.application)}`]),
      `    environments: ${flow([...environments.keys()].toSorted(compareEnvironments))}`,
    ];
  }
  return [
    ...head,
    '    environments:',
    ...[...environments].flatMap(([name, { update, application }]) => [
      `      ${scalar(name)}:`,
      `        update: ${flow(update)}`,
      ...(application === undefined ? [] : [`        application: ${scalar(application)}`]),
    ]),
  ];
}

function shortList(texts: readonly string[]): string {
  return `${texts.slice(0, 3).join(', ')}${texts.length > 3 ? ` and ${texts.length - 3} more` : ''}`;
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, singleQuote: true, flowCollectionPadding: true, aliasDuplicateObjects: false }).trim();
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, singleQuote: true }).trim();
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
