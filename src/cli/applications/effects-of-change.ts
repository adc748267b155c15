import { imageName, type ImageReference } from '../../lib/model/image-reference.ts';
import { parsePath, type PathSegment } from '../../lib/model/value-path.ts';
import type { ApplicationSource, RunningApplication } from './application.ts';
import { isGeneratorFile } from './find-in-generators.ts';
import { findInKustomization } from './find-in-kustomization.ts';
import { toolOf } from './find-place.ts';
import { runningImages } from './running-images.ts';
import { helmValues, type HelmOrigin } from './helm-layers.ts';
import { valueAt } from './merge-values.ts';
import type { Checkouts } from './place.ts';
import { sourceReading, type BranchFile } from './reads-file.ts';

/** A change that a push would make. */
export interface PlannedValue extends BranchFile {
  /** Dotted path of the scalar. */
  readonly path: string;
  readonly image: Pick<ImageReference, 'registry' | 'repository'>;
  /** The applications that the route names. */
  readonly named: readonly string[];
}

/** An application that deploys the changed file. */
export interface ChangedApplication {
  readonly application: string;
  /** Whether it runs the image, with any tag. */
  readonly runs: boolean;
  /** The tags or digests that run. */
  readonly running: readonly string[];
  /** The place that sets the value after the changed file. */
  readonly overriddenBy?: string;
}

export interface ChangeEffects {
  readonly applications: readonly ChangedApplication[];
  readonly warnings: readonly string[];
}

/** The applications that a change reaches, and the signs that it reaches none or others than the route names. */
export function effectsOfChange(
  change: PlannedValue,
  applications: readonly RunningApplication[],
  checkouts: Checkouts,
): ChangeEffects {
  const changed = applications.flatMap((application): readonly ChangedApplication[] => {
    const source = sourceReading(application, change, checkouts);
    if (!source && !isDefinedBy(application, change, checkouts)) return [];
    const running = application.images.filter((image) => imageName(image) === imageName(change.image));
    const overriddenBy = source && overriding(application, source, change, checkouts);
    return [
      {
        application: application.name,
        runs: running.length > 0,
        running: running.map(({ tag, digest }) => tag ?? digest ?? ''),
        ...(overriddenBy !== undefined && { overriddenBy }),
      },
    ];
  });
  return { applications: changed, warnings: warningsOf(change, changed, applications) };
}

/** Whether the file has the manifest of an Application, or generates it. One ApplicationSet has elements for several. */
function isDefinedBy(application: RunningApplication, change: PlannedValue, checkouts: Checkouts): boolean {
  const manifest = checkouts.manifestOf(application);
  if (!manifest) return false;
  const isManifest = manifest.file === change.file && manifest.checkout.key === change.key;
  if (manifest.kind === 'Application') return isManifest;
  if (isManifest) return change.named.length === 0 || change.named.includes(application.name);
  return isGeneratorFile(application, manifest, change, checkouts);
}

function overriding(
  application: RunningApplication,
  source: ApplicationSource,
  change: PlannedValue,
  checkouts: Checkouts,
): string | undefined {
  const { key, file } = change;
  const origin = originOf(change, helmValues(source, checkouts).merged);
  if (origin?.kind === 'application') return `helm.${origin.field} of the Application`;
  if (origin?.kind === 'parameter')
    return origin.override?.file === file
      ? undefined
      : (origin.override?.file ?? `the parameter ${origin.name} of the Application`);
  if (origin) return origin.file === file && origin.repository.key === key ? undefined : origin.file;
  return overlay(application, source, change, checkouts);
}

/** The kustomization that sets the image after the changed file. */
function overlay(
  application: RunningApplication,
  source: ApplicationSource,
  { key, file, image }: PlannedValue,
  checkouts: Checkouts,
): string | undefined {
  const running = runningImages(application).find(({ name }) => imageName(name) === imageName(image));
  if (!running || toolOf(source, checkouts) !== 'kustomize') return undefined;
  const result = findInKustomization(application, source, running, checkouts);
  if (result.kind === 'not-found') return undefined;
  const files = result.places
    .filter(({ isGuess }) => isGuess !== true)
    .map(({ repository, found }) => ({ key: repository.key, file: found.file }));
  return files.some((one) => one.key === key && one.file === file) ? undefined : files[0]?.file;
}

function originOf(
  { path: text }: PlannedValue,
  values: ReturnType<typeof helmValues>['merged'],
): HelmOrigin | undefined {
  let path: readonly PathSegment[];
  try {
    path = parsePath(text);
  } catch {
    // Paths of other kinds (`containers[name=api].image`) are not those of values.
    return undefined;
  }
  const value = valueAt(values, path);
  return value?.kind === 'scalar' ? value.origin : undefined;
}

function warningsOf(
  { file, path, image, named }: PlannedValue,
  changed: readonly ChangedApplication[],
  applications: readonly RunningApplication[],
): readonly string[] {
  const known = new Set(applications.map(({ name }) => name));
  const reading = new Set(changed.map(({ application }) => application));
  return [
    ...(changed.length === 0 ? [`no application reads ${file}`] : []),
    ...changed.flatMap(({ application, runs, overriddenBy }) => {
      if (overriddenBy !== undefined)
        return [`${application} does not change: ${overriddenBy} sets ${path} after ${file}`];
      if (!runs) return [`${application} does not run ${imageName(image)}: its ${path} may be used by nothing`];
      return named.length === 0 || named.includes(application)
        ? []
        : [`${application} changes too, but is not an application of the route`];
    }),
    ...named
      .filter((name) => !reading.has(name))
      .map((name) =>
        known.has(name)
          ? `${name} of the route does not read ${file}`
          : `${name} of the route is not one of the applications`,
      ),
  ];
}
