import { imageName, parseImageReference, splitImageName } from '../../lib/model/image-reference.ts';
import type { PathSegment } from '../../lib/model/value-path.ts';
import { tagOf, type FoundImage } from './found-image.ts';
import { inValues, type ValuesContext } from './in-values.ts';
import { at, isMap, listAt, textAt, type YamlMap } from './values.ts';

/** Finds the name of an image in the values of a chart, by the folder of the chart. */
export type NameInChart = (folder: string, path: readonly string[]) => string | undefined;

/** The images of an Argo CD Application or ApplicationSet. */
export function inApplication(
  file: string,
  document: YamlMap,
  context: ValuesContext,
  nameInChart: NameInChart,
): readonly FoundImage[] {
  const isSet = textAt(document, 'kind') === 'ApplicationSet';
  const keys = isSet ? ['spec', 'template', 'spec'] : ['spec'];
  const spec = at(document, ...keys);
  const base = keys.map((key): PathSegment => ({ kind: 'key', key }));
  const single = at(spec, 'source');
  const sources: readonly (readonly [unknown, readonly PathSegment[]])[] = [
    ...(isMap(single) ? [[single, [...base, { kind: 'key' as const, key: 'source' }]] as const] : []),
    ...listAt(spec, 'sources').map(
      (source, index) =>
        [source, [...base, { kind: 'key' as const, key: 'sources' }, { kind: 'index' as const, index }]] as const,
    ),
  ];
  const found = sources.flatMap(([source, path]) => [
    ...inParameters(file, source, nameInChart),
    ...listAt(source, 'kustomize', 'images').flatMap((text) => whole(file, String(text).replace(/^[^=]*=/, ''))),
    ...inValues(at(source, 'helm', 'valuesObject'), context, [
      ...path,
      { kind: 'key', key: 'helm' },
      { kind: 'key', key: 'valuesObject' },
    ]).map(asYaml),
  ]);
  return isSet
    ? [
        ...found,
        ...inElements(
          file,
          document,
          sources.map(([source]) => source),
          nameInChart,
        ),
      ]
    : found;
}

function inParameters(file: string, source: unknown, nameInChart: NameInChart): readonly FoundImage[] {
  const parameters = new Map(
    listAt(source, 'helm', 'parameters').map((one) => [textAt(one, 'name') ?? '', textAt(one, 'value') ?? '']),
  );
  return Array.from(parameters).flatMap(([name, value]): readonly FoundImage[] => {
    const stem = /^(|.*\.)tag$/.exec(name)?.[1];
    if (stem === undefined) return whole(file, value);
    if (value.includes('{{')) return [];
    const image =
      imageOfParameter(parameters, stem) ?? nameInChart(textAt(source, 'path') ?? '', stem.split('.').slice(0, -1));
    if (image === undefined) return [];
    const isNamed = parameters.has(`${stem}repository`);
    const digest = parameters.get(`${stem}digest`);
    const target = {
      kind: 'application' as const,
      ...(!isNamed && { parameters: { tag: name } }),
      digest: digest !== undefined || value.includes('@'),
    };
    return [{ image, file, target, ...tagOf(value), ...(digest !== undefined && { digest }) }];
  });
}

function imageOfParameter(parameters: ReadonlyMap<string, string>, stem: string): string | undefined {
  const repository = parameters.get(`${stem}repository`);
  if (repository === undefined || repository.includes('{{')) return undefined;
  const registry = parameters.get(`${stem}registry`);
  const name = splitImageName(registry === undefined ? repository : `${registry}/${repository}`);
  return name && imageName(name);
}

function whole(file: string, text: string): readonly FoundImage[] {
  const reference = text.includes('/') ? parseImageReference(text) : undefined;
  if (!reference || (reference.tag === undefined && reference.digest === undefined)) return [];
  const { tag, digest } = reference;
  const target = { kind: 'application' as const, digest: digest !== undefined };
  return [{ image: imageName(reference), file, target, ...(tag && { tag }), ...(digest && { digest }) }];
}

/** Values inside of an Application are edited by their path. */
function asYaml(found: FoundImage): FoundImage {
  const { target } = found;
  if (target.kind === 'helm-tag' && target.digest === undefined)
    return { ...found, target: { kind: 'yaml', path: target.path, value: '{tag}' } };
  if (target.kind === 'helm-tag' || target.kind === 'helm-image')
    return { ...found, target: { kind: 'application', digest: found.digest !== undefined } };
  return found;
}

/** A list generator's elements, each with the tag of its environment. */
function inElements(
  file: string,
  document: YamlMap,
  sources: readonly unknown[],
  nameInChart: NameInChart,
): readonly FoundImage[] {
  return listAt(document, 'spec', 'generators').flatMap((generator, index) =>
    listAt(generator, 'list', 'elements').flatMap((element): readonly FoundImage[] => {
      const name = elementName(element);
      if (name === undefined || !isMap(element)) return [];
      return Object.keys(element).flatMap((key): readonly FoundImage[] => {
        const tag = textAt(element, key);
        const image = tag === undefined ? undefined : imageOfElement(key, sources, nameInChart);
        if (image === undefined) return [];
        const path: readonly PathSegment[] = [
          ...['spec', 'generators'].map((part): PathSegment => ({ kind: 'key', key: part })),
          { kind: 'index', index },
          ...['list', 'elements'].map((part): PathSegment => ({ kind: 'key', key: part })),
          { kind: 'member', ...name },
          { kind: 'key', key },
        ];
        return [{ image, file, element: name.value, target: { kind: 'yaml', path, value: '{tag}' }, ...tagOf(tag) }];
      });
    }),
  );
}

/** The field by which the elements differ. */
function elementName(element: unknown): { readonly field: string; readonly value: string } | undefined {
  for (const field of ['env', 'environment', 'stage', 'cluster', 'name']) {
    const value = textAt(element, field);
    if (value !== undefined && /^[\w.-]+$/.test(value)) return { field, value };
  }
  return undefined;
}

/** The image whose tag is a parameter `{{KEY}}` of the template. */
function imageOfElement(key: string, sources: readonly unknown[], nameInChart: NameInChart): string | undefined {
  const placeholder = new RegExp(String.raw`^\{\{\s*\.?(?:values\.)?${key.replaceAll(/\W/g, '.')}\s*\}\}$`);
  for (const source of sources) {
    const parameters = new Map(
      listAt(source, 'helm', 'parameters').map((one) => [textAt(one, 'name') ?? '', textAt(one, 'value') ?? '']),
    );
    for (const [name, value] of parameters) {
      const stem = /^(|.*\.)tag$/.exec(name)?.[1];
      if (stem === undefined || !placeholder.test(value)) continue;
      return (
        imageOfParameter(parameters, stem) ?? nameInChart(textAt(source, 'path') ?? '', stem.split('.').slice(0, -1))
      );
    }
  }
  return undefined;
}
