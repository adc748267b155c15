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
  /** Files that could not be read, with the reason. */
  readonly unread: readonly string[];
}

/** All values of a Helm source, in Helm's order: the chart's, the value files, the Application's own, its parameters. */
export function helmValues(source: ApplicationSource, checkouts: Checkouts): HelmValues {
  const unread: string[] = [];
  const layers: ValuesLayer<HelmOrigin>[] = [
    ...chartLayers(source, checkouts),
    ...source.helm.valueFiles.flatMap((valueFile): ValuesLayer<HelmOrigin>[] => {
      const place = valueFile.at;
      if (!place) {
        unread.push(`${valueFile.text} is not in Git`);
        return [];
      }
      const checkout = checkouts.of(place.repository);
      const values = checkout?.files.get(place.file)?.documents[0];
      if (values === undefined) {
        const where = place.repository.url ?? place.repository.text;
        if (!checkout || !source.helm.ignoreMissingValueFiles)
          unread.push(checkout ? `${place.file} is not in the checkout of ${where}` : `no --checkout for ${where}`);
        return [];
      }
      return [{ origin: { kind: 'file', ...place }, values }];
    }),
  ];
  const { inline, parameters } = source.helm;
  if (inline) layers.push({ origin: { kind: 'application', field: inline.field }, values: inline.values });
  const merged = parameters.reduce(
    (values, { value, ...parameter }) =>
      setValue(values, parameterPath(parameter.name), value, { kind: 'parameter', ...parameter }),
    mergeValues(layers),
  );
  return { merged, unread: [...new Set(unread)] };
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
