import { textAt, at, listAt } from '../init/values.ts';
import type { ApplicationSource, OverrideFile, SourceRepository } from './application.ts';
import { mergeValues, parameterPath, setValue, type MergedValue, type ValuesLayer } from './merge-values.ts';
import type { Checkouts } from './place.ts';
import { normalize } from './value-file.ts';

/** Where a Helm value comes from. */
export type HelmOrigin =
  | { readonly kind: 'file'; readonly repository: SourceRepository; readonly file: string }
  | { readonly kind: 'application'; readonly field: 'values' | 'valuesObject' }
  | { readonly kind: 'parameter'; readonly name: string; readonly override?: OverrideFile };

export interface HelmValues {
  readonly merged: MergedValue<HelmOrigin>;
  /** Files of values that could not be read, in their order. */
  readonly unread: readonly UnreadFile[];
}

export interface UnreadFile {
  readonly reason: string;
  readonly at?: { readonly repository: SourceRepository; readonly file: string };
  /** The chart's own values, which every other file overrides. */
  readonly isChart: boolean;
}

/** All values of a Helm source, in Helm's order: the chart's, the value files, the Application's own, its parameters. */
export function helmValues(source: ApplicationSource, checkouts: Checkouts): HelmValues {
  const { inline, parameters, valueFiles, ignoreMissingValueFiles } = source.helm;
  const unread: UnreadFile[] = [];
  if (source.chart === undefined && !checkouts.of(source.repository)) {
    const at = { repository: source.repository, file: normalize(`${source.folder}/values.yaml`) };
    unread.push({ reason: noCheckout(source.repository), at, isChart: true });
  }
  const layers = [...chartLayers(source, checkouts)];
  for (const { text, at: place } of valueFiles) {
    const checkout = place && checkouts.of(place.repository);
    const values = place && checkout?.files.get(place.file)?.documents[0];
    if (!place) unread.push({ reason: `${text} is not in Git`, isChart: false });
    else if (values !== undefined) layers.push({ origin: { kind: 'file', ...place }, values });
    else if (!checkout) unread.push({ reason: noCheckout(place.repository), at: place, isChart: false });
    else if (!ignoreMissingValueFiles)
      unread.push({ reason: `${place.file} is not in the checkout of ${checkout.url}`, at: place, isChart: false });
  }
  if (inline) layers.push({ origin: { kind: 'application', field: inline.field }, values: inline.values });
  const merged = parameters.reduce(
    (values, { value, ...parameter }) =>
      setValue(values, parameterPath(parameter.name), value, { kind: 'parameter', ...parameter }),
    mergeValues(layers),
  );
  return { merged, unread };
}

function noCheckout({ url, text }: SourceRepository): string {
  return `no --checkout for ${url ?? text}`;
}

/** `values.yaml` of the chart, above those of its local dependencies. */
function chartLayers(
  { repository, folder, chart }: ApplicationSource,
  checkouts: Checkouts,
): readonly ValuesLayer<HelmOrigin>[] {
  const checkout = chart === undefined ? checkouts.of(repository) : undefined;
  if (!checkout) return [];
  const layerOf = (file: string, wrap = (values: unknown): unknown => values): readonly ValuesLayer<HelmOrigin>[] => {
    const values = checkout.files.get(file)?.documents[0];
    return values === undefined ? [] : [{ origin: { kind: 'file', repository, file }, values: wrap(values) }];
  };
  const dependencies = listAt(checkout.files.get(normalize(`${folder}/Chart.yaml`))?.documents[0], 'dependencies');
  return [
    ...dependencies.flatMap((dependency) => {
      const key = textAt(dependency, 'alias') ?? textAt(dependency, 'name') ?? '';
      const local = textAt(dependency, 'repository') ?? '';
      const below = local.startsWith('file://')
        ? local.slice('file://'.length)
        : `charts/${String(at(dependency, 'name'))}`;
      return layerOf(normalize(`${folder}/${below}/values.yaml`), (values) => ({ [key]: values }));
    }),
    ...layerOf(normalize(`${folder}/values.yaml`)),
  ];
}
