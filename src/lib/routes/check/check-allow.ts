import { parseRepositoryUrl } from '../../net/repository-url.ts';
import { comparableUrl } from './allow.ts';
import type { AllowEntry, Bounds } from '../read/bounds.ts';
import { matchesGlob } from '../match/glob.ts';
import type { MergedRoute } from '../expand/merged-route.ts';
import type { PatternVariant } from '../match/image-pattern.ts';
import type { Step } from '../read/source-map.ts';
import type { Environment } from '../route.ts';
import { formatValue } from '../read/format-value.ts';

/** Targets of an environment that `ALLOW` bounds. Text with an unexpanded `{capture}` is not checked. */
export interface WriteScope {
  readonly image: string;
  readonly repository: string;
  readonly branch?: string;
  readonly files: readonly string[];
  readonly applications: readonly string[];
}

export interface AllowFault {
  readonly code: 'outside-allow' | 'required-differs';
  /** Field that exceeds the bounds. */
  readonly path: readonly Step[];
  readonly message: string;
}

/** The scope of an environment whose captures are expanded. */
export function scopeOf(
  image: string,
  { repository, branch, update, application }: Environment,
  collections: readonly string[],
): WriteScope {
  const address = parseRepositoryUrl(repository, collections);
  return {
    image,
    repository: 'problem' in address ? repository : comparableUrl(address.key),
    ...(branch !== undefined && { branch }),
    files: update.map(({ file }) => file),
    applications: application,
  };
}

/** The bounds of a route: those of `ALLOW`, and those of its document. */
export function boundsOf({ document }: Pick<MergedRoute, 'document'>, allow: Bounds | undefined): readonly Bounds[] {
  return [allow, document.bounds].filter((bounds) => bounds !== undefined);
}

/** The first field out of bounds, by the entry that allows the most of the scope; `undefined` if none. */
export function checkAllow({ name, entries: all }: Bounds, scope: WriteScope): AllowFault | undefined {
  const entries = all.filter(({ images }) => allows(images, scope.image));
  if (entries.length === 0) {
    return outside([], `no entry of ${name} names the image ${formatValue(scope.image)}`);
  }
  const faults = entries.map((entry) => firstFault(name, entry, scope));
  if (faults.includes(undefined)) return undefined;
  return faults.find((fault) => fault?.path[0] !== 'repository') ?? faults[0];
}

function firstFault(
  name: string,
  entry: AllowEntry,
  { repository, branch, files, applications }: WriteScope,
): AllowFault | undefined {
  if (!allows(entry.repositories, repository))
    return outside(['repository'], notIn(name, repository, 'repositories', entry.repositories));
  if (entry.branches && branch === undefined) {
    return outside(
      ['branch'],
      `the environment names no branch; the entry of ${name} expects one of ${entry.branches.join(', ')}`,
    );
  }
  if (entry.branches && branch !== undefined && !allows(entry.branches, branch))
    return outside(['branch'], notIn(name, branch, 'branches', entry.branches));
  for (const [index, file] of files.entries()) {
    if (!allows(entry.paths, file)) return outside(['update', index, 'file'], notIn(name, file, 'paths', entry.paths));
  }
  for (const application of entry.applications ? applications : []) {
    if (!allows(entry.applications ?? [], application))
      return outside(['application'], notIn(name, application, 'applications', entry.applications ?? []));
  }
  return undefined;
}

/**
 * Whether every image of a route is within the bounds. Else the pattern of one document could match the images of another
 * document, and only one of the two could be in force.
 */
export function coversImages(
  { entries }: Bounds,
  { image, variants }: Pick<MergedRoute, 'image' | 'variants'>,
): boolean {
  // No glob matches this text but by its stars.
  const texts =
    image.captures.length === 0 ? [image.text] : variants.map((variant) => sampleText(variant, '\u0001\u0001'));
  return texts.every((text) => entries.some(({ images }) => images.some((glob) => matchesGlob(glob, text, 'path'))));
}

function sampleText({ segments }: Pick<PatternVariant, 'segments'>, word: string): string {
  return segments.map(({ literals }) => literals.join(word)).join('/');
}

/** Text with an unexpanded `{capture}` is checked after expansion. */
function allows(globs: readonly string[], text: string): boolean {
  return text.includes('{') || globs.some((glob) => matchesGlob(glob, text, 'path'));
}

function notIn(name: string, text: string, field: string, globs: readonly string[]): string {
  return `${formatValue(text)} is outside ${name} for this image; its \`${field}\` are ${globs.slice(0, 5).join(', ')}${globs.length > 5 ? ', …' : ''}`;
}

function outside(path: readonly Step[], message: string): AllowFault {
  return { code: 'outside-allow', path, message };
}

/** Differences between an environment and `require` of all entries that name its image. */
export function checkRequired(
  { name, entries }: Bounds,
  image: string,
  environment: Environment,
): readonly AllowFault[] {
  return entries.flatMap(({ images, require = {} }) => {
    const required = Object.hasOwn(require, environment.name) ? require[environment.name] : undefined;
    if (!required || !allows(images, image)) return [];
    const { promoteFrom } = required;
    const sources = promoteFrom === undefined ? {} : { promoteFrom: [promoteFrom ?? []].flat() };
    return differences(name, { ...required, ...sources }, environment, []);
  });
}

function differences(name: string, required: object, actual: object, path: readonly Step[]): readonly AllowFault[] {
  return Object.entries(required).flatMap(([key, wanted]: [string, unknown]) => {
    const found = (actual as Readonly<Record<string, unknown>>)[key];
    const at = [...path, key];
    if (isMap(wanted)) return differences(name, wanted, isMap(found) ? found : {}, at);
    if (JSON.stringify(found ?? null) === JSON.stringify(wanted ?? null)) return [];
    const message = `is ${JSON.stringify(found ?? null)}; ${name} requires \`${at.join('.')}: ${JSON.stringify(wanted)}\` of every environment of this name`;
    return [{ code: 'required-differs' as const, path: at, message }];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
