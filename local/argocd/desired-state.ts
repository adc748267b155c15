import { applicationsIn } from './application-manifests.ts';
import { findImages, imageAt, imagesOfSource } from './find-images.ts';
import { manifestProblem } from './manifest-problem.ts';
import type { ApplicationOptions, SourceOptions } from './options.ts';
import type { Repositories } from './repositories.ts';

/** The desired state of an application by its sources. */
export interface DesiredState {
  /** By the index of the source. */
  readonly revisions: readonly string[];
  /** Equal for equal manifests at different commits. */
  readonly fingerprint: string;
  readonly images: readonly string[];
  /** Of an app of apps. */
  readonly applications: readonly ApplicationOptions[];
}

/**
 * Reads the sources of an application, at the tips of their branches or at given revisions.
 *
 * @throws {Error} with the message of Argo CD's ComparisonError if a repository or revision is missing, or a chart or
 *   kustomization is broken
 */
export async function readDesiredState(
  sources: readonly SourceOptions[],
  repositories: Repositories,
  revisions: readonly string[] = [],
): Promise<DesiredState> {
  const reading = sources.map(async (source, index) => {
    try {
      return await readSource(
        { ...source, targetRevision: revisions[index] ?? source.targetRevision ?? 'HEAD' },
        repositories,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const which = `failed to generate manifest for source ${index + 1} of ${sources.length}`;
      throw new Error(`Failed to load target state: ${which}: rpc error: code = Unknown desc = ${reason}`, {
        cause: error,
      });
    }
  });
  const read = await Promise.all(reading);
  return {
    revisions: read.map(({ revision }) => revision),
    fingerprint: JSON.stringify(read.map(({ files }) => files)),
    images: [...new Set(read.flatMap(({ images }) => images))].sort(),
    applications: read.flatMap(({ applications = [] }) => applications),
  };
}

interface SourceState {
  readonly revision: string;
  readonly files: readonly string[];
  readonly images: readonly string[];
  readonly applications?: readonly ApplicationOptions[];
}

/** The manifests of a source, with the images that the Application itself sets in place of those in the files. */
async function readSource(source: SourceOptions, repositories: Repositories): Promise<SourceState> {
  const { kustomize, helm } = source;
  const state = await readFiles(source, repositories);
  if (!kustomize && !helm) return state;
  const own = imagesOfSource(source);
  const names = new Set(own.map(nameOf));
  const images = [...own, ...state.images.filter((image) => !names.has(nameOf(image)))];
  return { ...state, files: [...state.files, JSON.stringify({ kustomize, helm })], images };
}

function nameOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

async function readFiles(source: SourceOptions, repositories: Repositories): Promise<SourceState> {
  const { repoURL, chart, path, images: places = [], targetRevision = 'HEAD' } = source;
  if (chart !== undefined) return { revision: targetRevision, files: [`${chart} ${targetRevision}`], images: [] };
  const revision = await repositories.resolve(repoURL, targetRevision);
  if (revision === undefined) throw new Error(`unable to resolve '${targetRevision}' to a commit SHA`);
  const placed = new Set(places.map(({ file }) => file));
  const deployed = path === undefined ? [] : await repositories.list(repoURL, revision, path);
  if (path !== undefined && deployed.length === 0) throw new Error(`${path}: app path does not exist`);
  const named = await Promise.all([...placed].map((file) => repositories.list(repoURL, revision, file)));
  const images: string[] = [];
  const applications: ApplicationOptions[] = [];
  for (const { path: file, id } of deployed) {
    if (!/\.(?:ya?ml|json)$/.test(file)) continue;
    const text = await repositories.read(repoURL, id);
    const problem = manifestProblem(file, text);
    if (problem !== undefined) throw new Error(problem);
    const held = applicationsIn(text);
    applications.push(...held);
    if (!placed.has(file) && held.length === 0) images.push(...findImages(text));
  }
  for (const { path: file, id } of named.flat()) {
    const text = await repositories.read(repoURL, id);
    for (const place of places.filter((place) => place.file === file)) {
      const image = imageAt(text, place);
      if (image !== undefined) images.push(image);
    }
  }
  const files = [...deployed, ...named.flat()].map(({ path: file, id }) => `${file} ${id}`);
  return { revision, files: [...new Set(files)], images, applications };
}
