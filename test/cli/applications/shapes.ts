import { parse, parseAllDocuments } from 'yaml';
import { assembleFromApplications } from '../../../src/cli/applications/assemble-applications.ts';
import { checkoutsOf } from '../../../src/cli/applications/checkouts-of.ts';
import type { Checkout, Checkouts } from '../../../src/cli/applications/place.ts';
import { readApplications } from '../../../src/cli/applications/read-applications.ts';
import { repositoryAddress } from '../../../src/cli/applications/source-repository.ts';
import { formatPath } from '../../../src/lib/model/value-path.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';

export const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';

/** An Application as the cluster has it: name, running images and source, with usual values for the rest. */
export interface Given {
  readonly name: string;
  readonly images: readonly string[];
  readonly source?: object;
  readonly sources?: readonly object[];
  readonly spec?: object;
  readonly metadata?: object;
  readonly status?: object;
  readonly project?: string;
  readonly destination?: { readonly name?: string; readonly server?: string; readonly namespace?: string };
}

export function applicationOf({
  name,
  images,
  source,
  sources,
  spec,
  metadata,
  status,
  project,
  destination,
}: Given): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd', ...metadata },
    spec: {
      project: project ?? 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop', ...destination },
      ...(source && { source: { repoURL: gitops, targetRevision: 'main', ...source } }),
      ...(sources && { sources: sources.map((one) => ({ repoURL: gitops, targetRevision: 'main', ...one })) }),
      ...spec,
    },
    status: { ...status, summary: { images } },
  };
}

/** Files of checkouts, by repository and path. */
export type Files = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function memoryCheckouts(files: Files): Checkouts {
  return checkoutsOf(
    Object.entries(files).map(([url, contents]): Checkout => {
      const scanned = Object.entries(contents).map(([path, text]) => ({
        path,
        documents: [parseAllDocuments(text)].flat().map((document): unknown => document.toJS()),
      }));
      const address = repositoryAddress(url) ?? { url, key: url };
      const files = new Map(scanned.map((file) => [file.path, file]));
      const read = (path: string) => {
        const text = contents[path];
        return text === undefined ? undefined : new TextEncoder().encode(text);
      };
      return Object.assign({ branch: 'main', files, read }, address);
    }),
  );
}

export interface Proposed {
  /** `image environment: repository@branch file edit <- applications`. */
  readonly routes: readonly string[];
  readonly notes: readonly string[];
  readonly uncovered: readonly string[];
  readonly text: string | undefined;
}

/** Proposes routes and shows what the app would do with them. */
export function propose(given: readonly Given[], files: Files, images?: string): Proposed {
  const applications = readApplications(JSON.stringify({ kind: 'List', items: given.map(applicationOf) }), 'apps.json');
  const result = assembleFromApplications({
    applications,
    checkouts: memoryCheckouts(files),
    registries: [],
    azureDevOpsCollections: [],
    gitHubHosts: [],
    images,
  });
  const names = [
    ...new Set(
      applications.flatMap((one) => one.images.map(({ registry, repository }) => `${registry}/${repository}`)),
    ),
  ];
  const routes = names.flatMap((name) =>
    (result.table?.match(name)?.environments ?? []).flatMap(
      ({ name: environment, repository, branch, update, application }) =>
        update.map(
          (edit) =>
            `${name.replace('contoso.azurecr.io/', '')} ${environment}: ${repository.split('/').at(-1) ?? ''}@${branch ?? ''} ${edit.file} ${showEdit(edit)} <- ${application.join(' ')}`,
        ),
    ),
  );
  if (result.text !== undefined) parse(result.text);
  return {
    routes,
    notes: result.notes,
    uncovered: result.uncovered.map(({ image, applications: by, reason }) => `${image} ${by.join(' ')}: ${reason}`),
    text: result.text,
  };
}

function showEdit(edit: FileEdit): string {
  switch (edit.kind) {
    case 'helm':
      return 'image' in edit.values
        ? `helm image=${formatPath(edit.values.image)}${edit.values.digest ? ' +digest' : ''}`
        : `helm tag=${formatPath(edit.values.tag)}${edit.values.digest ? ` digest=${formatPath(edit.values.digest)}` : ''}`;
    case 'kustomize':
      return `kustomize${edit.name === undefined ? '' : ` name=${edit.name}`}`;
    case 'application':
      return `application ${JSON.stringify(edit.parameters ?? {})}${edit.element ? ` ${formatPath([edit.element]).slice(1, -1)}` : ''}`;
    case 'yaml':
      return `yaml ${formatPath(edit.path)}=${edit.value}`;
    case 'manifest':
    case 'chart':
      return edit.kind;
    default:
      return edit satisfies never;
  }
}
