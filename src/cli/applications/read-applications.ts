import { parseAllDocuments } from 'yaml';
import { tryParseJson } from '../../lib/model/json.ts';
import { UsageError } from '../command.ts';
import { at, isMap, listAt, textAt, type YamlMap } from '../init/values.ts';
import type { RunningApplication } from './application.ts';
import { applicationSources } from './application-sources.ts';
import { podImages } from './running-images.ts';

export interface ReadOptions {
  /** The name of the Argo CD in routes. */
  readonly instance?: string;
  readonly azureDevOpsCollections?: readonly string[];
}

/**
 * Reads the output of `kubectl get applications -A -o yaml|json`, `argocd app list -o json|yaml`, or the answer of Argo CD's API.
 *
 * @param origin the file or URL, for messages
 * @throws UsageError if the text has no list of Applications
 */
export function readApplications(
  text: string,
  origin: string,
  options: ReadOptions = {},
): readonly RunningApplication[] {
  return applicationsIn(readDocuments(text, origin), origin, options);
}

/** The Applications in documents: lists of them, or single ones. */
export function applicationsIn(
  documents: readonly unknown[],
  origin: string,
  options: ReadOptions = {},
): readonly RunningApplication[] {
  if (!documents.some((document) => isList(document) || isApplication(document))) {
    throw new UsageError(
      `${origin} has no Applications; expected the output of \`kubectl get applications -A -o yaml\` or \`argocd app list -o json\``,
    );
  }
  return documents.flatMap(itemsOf).flatMap((item) => (isApplication(item) ? [readOne(item, options)] : []));
}

function readDocuments(text: string, origin: string): readonly unknown[] {
  if (/^\s*[[{]/.test(text)) {
    const parsed = tryParseJson(text);
    if (parsed === undefined) throw new UsageError(`${origin} is not JSON: it is cut off, or has other text around it`);
    return [parsed];
  }
  const documents = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  const [error] = Array.isArray(documents) ? documents.flatMap(({ errors }) => errors) : [];
  if (error) throw new UsageError(`${origin} is not YAML: ${error.message}`);
  return Array.isArray(documents) ? documents.map((document): unknown => document.toJS({ maxAliasCount: 100 })) : [];
}

function isList(document: unknown): boolean {
  return Array.isArray(document) || (isMap(document) && 'items' in document);
}

function itemsOf(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  return isMap(document) && 'items' in document ? listAt(document, 'items') : [document];
}

/** The API and `argocd app list` omit `kind`. */
function isApplication(item: unknown): item is YamlMap {
  const kind = textAt(item, 'kind');
  return (
    isMap(item) &&
    (kind === undefined || kind === 'Application') &&
    textAt(item, 'metadata', 'name') !== undefined &&
    isMap(at(item, 'spec'))
  );
}

function readOne(item: YamlMap, { instance, azureDevOpsCollections = [] }: ReadOptions): RunningApplication {
  const namespace = textAt(item, 'metadata', 'namespace') ?? 'argocd';
  const name = `${namespace}/${textAt(item, 'metadata', 'name') ?? ''}`;
  const owner = listAt(item, 'metadata', 'ownerReferences').find((one) => textAt(one, 'kind') === 'ApplicationSet');
  const applicationSet = textAt(owner, 'name');
  return {
    name: instance === undefined ? name : `${instance}/${name}`,
    project: textAt(item, 'spec', 'project') ?? 'default',
    destination: {
      cluster: textAt(item, 'spec', 'destination', 'name') ?? textAt(item, 'spec', 'destination', 'server') ?? '',
      namespace: textAt(item, 'spec', 'destination', 'namespace') ?? '',
    },
    ...(applicationSet !== undefined && { applicationSet }),
    sources: applicationSources(item, azureDevOpsCollections),
    images: podImages(item),
  };
}
