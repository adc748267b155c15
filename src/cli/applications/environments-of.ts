import { isSameStage, isStage, stageAndRegion, wordsIn } from './environment-words.ts';
import { escaped } from '../init/texts.ts';
import type { RunningApplication } from './application.ts';
import { familiesOf } from './families.ts';

export interface NamedEnvironment {
  readonly name: string;
  readonly why: string;
  /** Evidence against it, for the reader. */
  readonly doubt?: string;
}

/** An application with what distinguishes its environment. */
export interface Placed {
  readonly application: RunningApplication;
  /** Its own images. */
  readonly images: readonly string[];
  /** The files that set them. */
  readonly files: readonly string[];
  /** Repository and branch of the files. */
  readonly target?: string;
}

const fieldNames = ['name', 'namespace', 'project', 'path', 'branch', 'cluster', 'owner'] as const;
type FieldName = (typeof fieldNames)[number];
type Words = Readonly<Record<FieldName, readonly string[]>>;

/** The environment of each application, by the name of the application; absent if nothing shows it. */
export function environmentsOf(all: readonly Placed[]): ReadonlyMap<string, NamedEnvironment> {
  const environments = new Map<string, NamedEnvironment>();
  const open: Placed[] = [];
  for (const family of familiesOf(all)) {
    for (const [placed, environment] of inFamily(family)) {
      if (environment) environments.set(placed.application.name, environment);
      else open.push(placed);
    }
  }
  // A word that names an environment in one family does so in the others.
  const known = new Set(Array.from(environments.values(), ({ name }) => name.toLowerCase()));
  for (const { application, files } of open) {
    const words = wordsOf(application, files);
    const found = fieldNames.find((field) => words[field].some((word) => known.has(word.toLowerCase())));
    const name = found && words[found].find((word) => known.has(word.toLowerCase()));
    if (found && name !== undefined) environments.set(application.name, { name, why: whyOf(found, application) });
  }
  return environments;
}

/** One field names the environments of a whole family: the one that does it best. */
function inFamily(family: readonly Placed[]): readonly (readonly [Placed, NamedEnvironment | undefined])[] {
  const words = family.map(({ application, files }) => wordsOf(application, files));
  const isShared = (field: FieldName, word: string): boolean =>
    words.every((one) => one[field].some((other) => other.toLowerCase() === word.toLowerCase()));
  const differences = words.map((one): Words =>
    mapFields((field) => {
      const all = one[field];
      if (family.length === 1) return all.some(isStage) ? stageAndRegion(all) : [];
      const own = all.filter((word) => !isShared(field, word));
      // The stage of a family that has only regions of it: `prod` of `prod-weu` and `prod-neu`.
      return own.some(isStage) ? own : all.filter((word) => isStage(word) || own.includes(word));
    }),
  );
  const [best] = fieldNames
    .map((field) => ({ field, score: scoreOf(field, family, differences) }))
    .toSorted((a, b) => b.score - a.score);
  const chosen = family.map((placed, index): Chosen | undefined => {
    const own = differences[index];
    const field =
      best && (own?.[best.field].length ?? 0) > 0 ? best.field : fieldNames.find((one) => own?.[one].some(isStage));
    if (!own || !field) return undefined;
    const named = field === best?.field ? own[field] : own[field].filter(isStage);
    const doubt = doubtOf(own, field, named);
    return { words: named, why: whyOf(field, placed.application), ...(doubt !== undefined && { doubt }) };
  });
  const short = chosen.map((one) => one && stageAndRegion(one.words).join('-'));
  const names = areApart(family, short) ? short : chosen.map((one) => one?.words.join('-'));
  return family.map((placed, index) => {
    const one = chosen[index];
    const name = names[index];
    if (!one || name === undefined) return [placed, undefined];
    const { why, doubt } = one;
    return [placed, { name, why, ...(doubt !== undefined && { doubt }) }];
  });
}

interface Chosen {
  readonly words: readonly string[];
  readonly why: string;
  readonly doubt?: string;
}

/** Whether applications with one name write to one branch: an environment has one. */
function areApart(family: readonly Placed[], names: readonly (string | undefined)[]): boolean {
  const targets = new Map<string, string>();
  return family.every(({ target }, index) => {
    const name = names[index];
    if (name === undefined || target === undefined) return true;
    const known = targets.get(name) ?? target;
    targets.set(name, known);
    return known === target;
  });
}

function scoreOf(field: FieldName, family: readonly Placed[], differences: readonly Words[]): number {
  const names = differences.map((one) => one[field].join('-'));
  if (names.every((name) => name === '')) return -1;
  const share = (test: (name: string, index: number) => boolean): number => names.filter(test).length / names.length;
  const covers = share((name) => name !== '');
  const known = share((_, index) => (differences[index]?.[field] ?? []).some(isStage));
  const inFiles = share(
    (name, index) => name !== '' && (family[index]?.files ?? []).every((file) => hasWord(file, name)),
  );
  const inNames = share((name, index) => name !== '' && hasWord(family[index]?.application.name ?? '', name));
  const separates = new Set(names).size / Math.max(1, new Set(family.map(({ files }) => files.join('\n'))).size);
  // Environments with two branches cannot be written.
  const apart = areApart(family, names) ? 12 : 0;
  return (
    apart +
    covers * 16 +
    Math.min(1, separates) * 8 +
    known * 6 +
    inFiles * (known > 0 ? 4 : 1) +
    inNames * 2 -
    namesLength(names) / 100
  );
}

function namesLength(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + name.length, 0) / names.length;
}

/** Another field that names a usual environment, but a different one. */
function doubtOf(own: Words, field: FieldName, chosen: readonly string[]): string | undefined {
  const usual = chosen.filter(isStage);
  if (usual.length === 0) return undefined;
  const against = fieldNames.flatMap((other) =>
    own[other]
      .filter((word) => isStage(word) && !usual.some((one) => isSameStage(one, word)))
      .map((word) => ({ other, word })),
  );
  const [first] = against;
  return first && `its ${field} shows ${usual.join('-')}, but its ${first.other} shows ${first.word}`;
}

function wordsOf(application: RunningApplication, files: readonly string[]): Words {
  const [name = '', ownNamespace = '', instance = ''] = application.name.split('/').toReversed();
  const { cluster, namespace } = application.destination;
  const branches = application.sources.flatMap(({ repository: { branch } }) => branch ?? []);
  const paths = files.length > 0 ? files : application.sources.map(({ folder }) => folder);
  return {
    name: wordsIn(name),
    namespace: wordsIn(namespace),
    project: wordsIn(application.project),
    path: [...new Set(paths.flatMap((path) => wordsIn(path.replace(/\.(?:ya?ml|json)$/i, ''))))],
    branch: [...new Set(branches.flatMap(wordsIn))],
    cluster: wordsIn(cluster.replace(/^https?:\/\//, '').replace(/:\d+$/, '')),
    owner: [...wordsIn(instance), ...wordsIn(ownNamespace)],
  };
}

function mapFields(words: (field: FieldName) => readonly string[]): Words {
  return {
    name: words('name'),
    namespace: words('namespace'),
    project: words('project'),
    path: words('path'),
    branch: words('branch'),
    cluster: words('cluster'),
    owner: words('owner'),
  };
}

function hasWord(text: string, word: string): boolean {
  return new RegExp(`(?<![A-Za-z0-9])${escaped(word)}(?![A-Za-z0-9])`, 'i').test(text);
}

function whyOf(field: FieldName, { name, project, destination }: RunningApplication): string {
  switch (field) {
    case 'name':
      return `the name of ${name}`;
    case 'namespace':
      return `${name} deploys to the namespace ${destination.namespace}`;
    case 'project':
      return `${name} is in the project ${project}`;
    case 'cluster':
      return `${name} deploys to ${destination.cluster}`;
    case 'path':
      return `the path that ${name} deploys`;
    case 'branch':
      return `the branch that ${name} deploys`;
    case 'owner':
      return `the Argo CD and namespace of ${name}`;
    default:
      return field satisfies never;
  }
}
