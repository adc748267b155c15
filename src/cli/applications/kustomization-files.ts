import type { ScannedFile } from '../init/scan.ts';
import { isMap, listAt, textAt } from '../init/values.ts';
import type { Checkout } from './place.ts';
import { normalize } from './value-file.ts';

/** The files that one kustomization names. */
export interface KustomizationFiles {
  readonly own: ScannedFile;
  readonly patches: readonly ScannedFile[];
  readonly resources: readonly ScannedFile[];
  /** Values of the charts that it renders. */
  readonly values: readonly ScannedFile[];
  /** Components, bases and other folders; kustomize applies this kustomization after theirs. */
  readonly folders: readonly string[];
}

const names = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** The kustomization of a folder; `undefined` if the folder has none. */
export function kustomizationFiles(checkout: Checkout, folder: string): KustomizationFiles | undefined {
  const own = names
    .map((name) => checkout.files.get(normalize(`${folder}/${name}`)))
    .find((file) => file !== undefined);
  if (!own) return undefined;
  const document = own.documents.find(isMap);
  const filesOf = (paths: readonly string[]): readonly ScannedFile[] =>
    paths.flatMap((path) => checkout.files.get(normalize(`${folder}/${path}`)) ?? []);
  const resources = [...listAt(document, 'resources'), ...listAt(document, 'bases')].map(String);
  const charts = listAt(document, 'helmCharts');
  return {
    own,
    patches: filesOf([
      ...listAt(document, 'patches').flatMap((patch) => textAt(patch, 'path') ?? []),
      ...listAt(document, 'patchesStrategicMerge').map(String),
    ]),
    resources: filesOf(resources),
    values: filesOf([
      ...charts.map((chart) => textAt(chart, 'valuesFile') ?? 'values.yaml'),
      ...charts.flatMap((chart) => listAt(chart, 'additionalValuesFiles').map(String)),
    ]),
    folders: [...listAt(document, 'components').map(String), ...resources]
      .filter((path) => !path.includes('://'))
      .map((path) => normalize(`${folder}/${path}`)),
  };
}

/** Every file that a folder's kustomization reads, of the checkout. */
export function allKustomizationFiles(
  checkout: Checkout,
  folder: string,
  seen = new Set<string>(),
): readonly ScannedFile[] {
  const files = seen.has(folder) ? undefined : kustomizationFiles(checkout, folder);
  seen.add(folder);
  if (!files) return [];
  return [
    files.own,
    ...files.patches,
    ...files.resources,
    ...files.values,
    ...files.folders.flatMap((below) => allKustomizationFiles(checkout, below, seen)),
  ];
}
