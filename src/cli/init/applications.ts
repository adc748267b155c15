import { canonicalRepository } from '../git-origin.ts';
import type { ScannedFile } from './scan.ts';
import { at, isMap, listAt, textAt, type YamlMap } from './values.ts';

/** An Argo CD Application of the checkout, and which of its files it deploys. */
export interface FoundApplication {
  /** `namespace/name`. */
  readonly name: string;
  readonly file: string;
  readonly repository?: string;
  readonly revision?: string;
  readonly folders: readonly string[];
  readonly valueFiles: readonly string[];
}

/** The Applications of a checkout; those that an ApplicationSet makes are not known before the cluster makes them. */
export function findApplications(files: readonly ScannedFile[]): readonly FoundApplication[] {
  return files.flatMap((file) =>
    file.documents.flatMap((document): readonly FoundApplication[] => {
      const name = textAt(document, 'metadata', 'name');
      if (!isMap(document) || textAt(document, 'kind') !== 'Application' || name === undefined || /[{}]/.test(name))
        return [];
      const sources = [at(document, 'spec', 'source'), ...listAt(document, 'spec', 'sources')].filter(isMap);
      return [
        {
          name: `${textAt(document, 'metadata', 'namespace') ?? 'argocd'}/${name}`,
          file: file.path,
          ...placeOf(mainSource(sources)),
          folders: sources.flatMap((source) => textAt(source, 'path') ?? []).map(trimPath),
          valueFiles: sources.flatMap((source) =>
            listAt(source, 'helm', 'valueFiles').map((value) => resolveFile(String(value), textAt(source, 'path'))),
          ),
        },
      ];
    }),
  );
}

/** Repositories and revisions that the Applications and ApplicationSets of a checkout read; templates of them show none. */
export function findSources(
  files: readonly ScannedFile[],
): readonly { readonly repository?: string; readonly revision?: string }[] {
  return files.flatMap((file) =>
    file.documents.flatMap((document) => {
      const kind = textAt(document, 'kind');
      const spec = kind === 'ApplicationSet' ? at(document, 'spec', 'template', 'spec') : at(document, 'spec');
      if (kind !== 'Application' && kind !== 'ApplicationSet') return [];
      const source = mainSource([at(spec, 'source'), ...listAt(spec, 'sources')].filter(isMap));
      return source ? [placeOf(source)] : [];
    }),
  );
}

function mainSource(sources: readonly YamlMap[]): YamlMap | undefined {
  return sources.find((source) => textAt(source, 'path') !== undefined || textAt(source, 'ref') !== undefined);
}

function placeOf(source: YamlMap | undefined): { readonly repository?: string; readonly revision?: string } {
  const repository = canonicalRepository(textAt(source, 'repoURL') ?? '');
  const revision = textAt(source, 'targetRevision');
  const isBranch = revision !== undefined && revision !== 'HEAD' && !/[{}]/.test(revision);
  return { ...(repository !== undefined && { repository }), ...(isBranch && { revision }) };
}

/** The application that deploys a file: the one that names it, else the one with the longest folder around it. */
export function applicationOf(file: string, applications: readonly FoundApplication[]): FoundApplication | undefined {
  const named = applications.filter(({ valueFiles }) => valueFiles.includes(file));
  if (named.length > 0) return named.length === 1 ? named[0] : undefined;
  const around = applications
    .flatMap((application) => application.folders.map((folder) => ({ application, folder })))
    .filter(
      ({ application, folder }) =>
        application.valueFiles.length === 0 && (folder === '' || file.startsWith(`${folder}/`)),
    )
    .toSorted((a, b) => b.folder.length - a.folder.length);
  const [first, second] = around;
  return first && first.folder.length !== second?.folder.length ? first.application : undefined;
}

function resolveFile(value: string, path: string | undefined): string {
  if (value.startsWith('$')) return trimPath(value.slice(value.indexOf('/') + 1));
  const parts: string[] = [];
  for (const part of `${path ?? ''}/${value}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function trimPath(path: string): string {
  return path.replace(/^(?:\.?\/)+|\/+$|^\.$/g, '');
}
