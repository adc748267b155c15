import { imageName, type ImageReference } from '../../lib/model/image-reference.ts';
import { parsePath, type PathSegment } from '../../lib/model/value-path.ts';
import type { RunningApplication } from './application.ts';
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
    const isOwn = checkouts.manifestOf(application)?.file === change.file;
    if (!source && !isOwn) return [];
    const running = application.images.filter((image) => imageName(image) === imageName(change.image));
    const origin = source && originOf(change, helmValues(source, checkouts).merged);
    const overriddenBy = origin === undefined ? undefined : overriding(origin, change);
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

function originOf(change: PlannedValue, values: ReturnType<typeof helmValues>['merged']): HelmOrigin | undefined {
  let path: readonly PathSegment[];
  try {
    path = parsePath(change.path);
  } catch {
    // Paths of other kinds (`containers[name=api].image`) are not those of values.
    return undefined;
  }
  const value = valueAt(values, path);
  return value?.kind === 'scalar' ? value.origin : undefined;
}

function overriding(origin: HelmOrigin, { key, file }: PlannedValue): string | undefined {
  if (origin.kind === 'parameter') return `the parameter ${origin.name} of the Application`;
  if (origin.kind === 'application') return `helm.${origin.field} of the Application`;
  return origin.file === file && origin.repository.key === key ? undefined : origin.file;
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
