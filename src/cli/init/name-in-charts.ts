import { findApplications, type FoundApplication } from './applications.ts';
import { globalRegistry, imageBeside, type FindName } from './in-values.ts';
import { stepInto } from './step-into.ts';
import type { ScannedFile } from './scan.ts';
import { isMap } from './values.ts';

interface Charts {
  readonly applications: readonly FoundApplication[];
  /** Folder of each chart → its default values. */
  readonly values: ReadonlyMap<string, ScannedFile>;
  readonly folders: ReadonlySet<string>;
}

const known = new WeakMap<readonly ScannedFile[], Charts>();

/**
 * Finds the name of an image in the charts that read a values file outside of their folders: those of the Applications that
 * name the file, else the one chart of the checkout that has every section of the file and a name at this path.
 */
export function nameInCharts(file: ScannedFile, files: readonly ScannedFile[], registry: string | undefined): FindName {
  const charts = known.get(files) ?? chartsOf(files);
  known.set(files, charts);
  const named = charts.applications.filter(({ valueFiles }) => valueFiles.includes(file.path));
  const folders = new Set(named.flatMap((application) => application.folders));
  const isOutside = named.length === 0 && !isInChart(file.path, charts.folders);
  const candidates = [
    ...[...folders].flatMap((folder) => charts.values.get(folder) ?? []),
    ...(isOutside ? [...charts.values.values()].filter((values) => hasSections(values, file)) : []),
  ];
  return (path, tagKey) => {
    const names = candidates.flatMap(({ documents }) =>
      documents.flatMap((document) => {
        const map = path.reduce<unknown>(stepInto, document);
        return isMap(map) ? (imageBeside(map, tagKey, registry ?? globalRegistry(document)) ?? []) : [];
      }),
    );
    return new Set(names).size === 1 ? names[0] : undefined;
  };
}

function chartsOf(files: readonly ScannedFile[]): Charts {
  const inFolder = (name: RegExp) =>
    files.flatMap((file) => {
      const slash = file.path.lastIndexOf('/');
      return name.test(file.path.slice(slash + 1)) ? [[file.path.slice(0, Math.max(0, slash)), file] as const] : [];
    });
  const folders = new Set(inFolder(/^Chart\.ya?ml$/).map(([folder]) => folder));
  const values = new Map(inFolder(/^values\.ya?ml$/).filter(([folder]) => folders.has(folder)));
  return { applications: findApplications(files), values, folders };
}

function isInChart(path: string, folders: ReadonlySet<string>): boolean {
  const parts = path.split('/');
  return parts.some((_, index) => folders.has(parts.slice(0, index).join('/')));
}

/** Whether each section of a file is one of a chart's values. */
function hasSections(values: ScannedFile, file: ScannedFile): boolean {
  const sections = new Set(values.documents.filter(isMap).flatMap((document) => Object.keys(document)));
  return file.documents.every(
    (document) => isMap(document) && Object.keys(document).every((key) => key === 'global' || sections.has(key)),
  );
}
