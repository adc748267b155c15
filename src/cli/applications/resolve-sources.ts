import { at, listAt, textAt } from '../init/values.ts';
import type { ApplicationSource, RunningApplication } from './application.ts';
import type { Checkouts } from './place.ts';
import { expandValueFiles } from './value-file-globs.ts';
import { normalize } from './value-file.ts';

/**
 * Resolves the parts of sources that are in files: patterns in `helm.valueFiles`, and `.argocd-source.yaml` and
 * `.argocd-source-NAME.yaml`, which Argo CD merges into the source. Argo CD Image Updater writes the latter.
 */
export function resolveSources(
  applications: readonly RunningApplication[],
  checkouts: Checkouts,
): readonly RunningApplication[] {
  return applications.map((application) =>
    Object.assign({}, application, {
      sources: application.sources.map((source) => {
        const { helm, ...rest } = overriddenSource(application, source, checkouts);
        return Object.assign(rest, {
          helm: Object.assign({}, helm, { valueFiles: expandValueFiles(helm.valueFiles, checkouts) }),
        });
      }),
    }),
  );
}

function overriddenSource(
  application: RunningApplication,
  source: ApplicationSource,
  checkouts: Checkouts,
): ApplicationSource {
  if (source.chart !== undefined || source.tool === 'values-only') return source;
  const checkout = checkouts.of(source.repository);
  const [name = '', namespace = ''] = application.name.split('/').toReversed();
  // Outside of Argo CD's own namespace, the file has the namespace in its name.
  return ['', `-${name}`, `-${namespace}_${name}`].reduce((one, suffix) => {
    const file = normalize(`${source.folder}/.argocd-source${suffix}.yaml`);
    const document = checkout?.files.get(file)?.documents[0];
    return document === undefined ? one : overriddenBy(document, file, one);
  }, source);
}

/** Lists are replaced, not joined. */
function overriddenBy(document: unknown, file: string, source: ApplicationSource): ApplicationSource {
  const override = { repository: source.repository, file };
  const parameters = at(document, 'helm', 'parameters');
  const images = at(document, 'kustomize', 'images');
  return {
    ...source,
    ...(Array.isArray(parameters) && {
      helm: {
        ...source.helm,
        parameters: listAt(document, 'helm', 'parameters').map((parameter) => ({
          name: textAt(parameter, 'name') ?? '',
          value: textAt(parameter, 'value') ?? '',
          override,
        })),
      },
    }),
    ...(Array.isArray(images) && {
      kustomizeImages: images.map((text) => ({ text: String(text), override })),
    }),
  };
}
