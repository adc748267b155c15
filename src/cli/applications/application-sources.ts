import { parse } from 'yaml';
import { at, isMap, listAt, textAt, type YamlMap } from '../init/values.ts';
import type { ApplicationSource, HelmSource } from './application.ts';
import { sourceRepository } from './source-repository.ts';
import { resolveValueFile } from './value-file.ts';

/** The sources of an Application. With the source hydrator, the dry source is the one that people and tagrelay write. */
export function applicationSources(application: YamlMap, collections: readonly string[]): readonly ApplicationSource[] {
  const spec = at(application, 'spec');
  const raw = sourcesOf(spec);
  const repositories = raw.map((source) => sourceRepository(source, collections));
  const refs = new Map(
    raw.flatMap((source, index) => {
      const ref = textAt(source, 'ref');
      const repository = repositories[index];
      return ref === undefined || !repository ? [] : [[ref, repository] as const];
    }),
  );
  const types = sourceTypes(application, raw.length);
  const variables = variablesOf(application);
  return raw.flatMap((source, index): readonly ApplicationSource[] => {
    const repository = repositories[index];
    if (!repository) return [];
    const folder = trimPath(textAt(source, 'path') ?? '');
    const chart = textAt(source, 'chart');
    const context = { repository, folder, refs, variables: variables(source) };
    const include = textAt(source, 'directory', 'include');
    const exclude = textAt(source, 'directory', 'exclude');
    return [
      {
        repository,
        folder,
        ...(chart !== undefined && { chart }),
        tool: toolOf(source, types[index] ?? ''),
        helm: helmOf(at(source, 'helm'), (text) => resolveValueFile(text, context)),
        kustomizeImages: listAt(source, 'kustomize', 'images').map((text) => ({ text: String(text) })),
        directory: {
          recurse: at(source, 'directory', 'recurse') === true,
          ...(include !== undefined && { include }),
          ...(exclude !== undefined && { exclude }),
        },
      },
    ];
  });
}

function sourcesOf(spec: unknown): readonly YamlMap[] {
  const dry = at(spec, 'sourceHydrator', 'drySource');
  if (isMap(dry)) return [dry];
  const several = listAt(spec, 'sources').filter(isMap);
  return several.length > 0 ? several : [at(spec, 'source')].filter(isMap);
}

/** The tools that Argo CD found. With the hydrator it reports that of the hydrated branch, not that of the dry source. */
function sourceTypes(application: YamlMap, sources: number): readonly string[] {
  if (isMap(at(application, 'spec', 'sourceHydrator'))) return [];
  const several = listAt(application, 'status', 'sourceTypes').map(String);
  return sources > 1 || several.length === 1 ? several : [textAt(application, 'status', 'sourceType') ?? ''];
}

function toolOf(source: YamlMap, type: string): ApplicationSource['tool'] {
  if (
    textAt(source, 'ref') !== undefined &&
    textAt(source, 'path') === undefined &&
    textAt(source, 'chart') === undefined
  )
    return 'values-only';
  if (isMap(at(source, 'plugin'))) return 'plugin';
  if (textAt(source, 'chart') !== undefined || isMap(at(source, 'helm'))) return 'helm';
  if (isMap(at(source, 'kustomize'))) return 'kustomize';
  if (isMap(at(source, 'directory'))) return 'directory';
  const known = { Helm: 'helm', Kustomize: 'kustomize', Directory: 'directory', Plugin: 'plugin' } as const;
  return Object.entries(known).find(([name]) => name === type)?.[1] ?? 'unknown';
}

function helmOf(helm: unknown, resolve: (text: string) => HelmSource['valueFiles'][number]): HelmSource {
  // Argo CD ignores `values` where `valuesObject` is set.
  const object = at(helm, 'valuesObject');
  const text = textAt(helm, 'values');
  const parsed = isMap(object) ? object : text === undefined ? undefined : parseText(text);
  return {
    ignoreMissingValueFiles: at(helm, 'ignoreMissingValueFiles') === true,
    valueFiles: listAt(helm, 'valueFiles').map((file) => resolve(String(file))),
    parameters: listAt(helm, 'parameters').flatMap((parameter) => {
      const name = textAt(parameter, 'name');
      return name === undefined ? [] : [{ name, value: textAt(parameter, 'value') ?? '' }];
    }),
    ...(isMap(parsed) && { inline: { field: isMap(object) ? 'valuesObject' : 'values', values: parsed } }),
  };
}

function parseText(text: string): unknown {
  try {
    return parse(text, { uniqueKeys: false, logLevel: 'error' });
  } catch {
    // Argo CD cannot render it either: the image comes from elsewhere.
    return undefined;
  }
}

/** The variables that Argo CD puts into paths of value files. */
function variablesOf(application: YamlMap): (source: YamlMap) => ReadonlyMap<string, string> {
  const common: readonly (readonly [string, string | undefined])[] = [
    ['ARGOCD_APP_NAME', textAt(application, 'metadata', 'name')],
    ['ARGOCD_APP_NAMESPACE', textAt(application, 'spec', 'destination', 'namespace')],
    ['ARGOCD_APP_PROJECT_NAME', textAt(application, 'spec', 'project')],
  ];
  return (source) =>
    new Map(
      [
        ...common,
        ['ARGOCD_APP_SOURCE_PATH', textAt(source, 'path')] as const,
        ['ARGOCD_APP_SOURCE_REPO_URL', textAt(source, 'repoURL')] as const,
        ['ARGOCD_APP_SOURCE_TARGET_REVISION', textAt(source, 'targetRevision')] as const,
      ].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    );
}

export function trimPath(path: string): string {
  return path.replace(/^(?:\.?\/)+|\/+$|^\.$/g, '');
}
