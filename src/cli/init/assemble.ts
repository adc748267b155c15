import { findApplications, findSources } from './applications.ts';
import { sortImages, type FoundImages } from './find-images.ts';
import { foldRoutes, type RouteGuess } from './fold.ts';
import { guessImages } from './guess.ts';
import type { PipelineFacts } from './pipeline.ts';
import { pipelinePlaces, unknownRegistry, type PipelinePlaces } from './pipeline-routes.ts';
import { placeImages } from './place-images.ts';
import type { Placement } from './placed-image.ts';
import { isOwnImage, registriesToName, registryNotes } from './own-image.ts';
import { isPlaceholder } from './mentions.ts';
import { renderRoutes, type RoutesGuess, type Told } from './render.ts';
import type { ScannedFile } from './scan.ts';
import { sealedFiles } from './sealed-files.ts';
import { whySetAside } from './set-aside.ts';
import type { FoundImage } from './found-image.ts';
import { textAt } from './values.ts';
import { soundRoutes, type InitResult } from './sound-routes.ts';

export interface InitInput {
  readonly files: readonly ScannedFile[];
  readonly images?: string;
  readonly pipeline?: PipelineFacts;
  readonly repository?: string;
  readonly origin: { readonly repository?: string; readonly branch?: string };
  readonly registries: readonly string[];
  /** `file image` → why no route can write it. */
  readonly refused?: ReadonlyMap<string, string>;
}

export interface Assembled extends InitResult {
  /** The document with more notes. */
  readonly render: (notes: readonly string[]) => string;
  readonly placed: readonly FoundImage[];
  readonly leftOut: Placement['leftOut'];
  readonly untagged: FoundImages['untagged'];
  readonly isOwn: (image: string) => boolean;
  /** Registries that the setting `REGISTRIES` must name. */
  readonly registriesToName: readonly string[];
}

const placeholder = 'https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY';
/** Guesses routes. Routes that would not pass the check are left out, with the reason. */
export function assembleRoutes(input: InitInput): Assembled {
  const { files, pipeline, refused = new Map<string, string>() } = input;
  const { found, leftOut: bases, untagged } = sortImages(files);
  const isOwn = (image: string): boolean => isOwnImage(image, { images: input.images, registries: input.registries });
  // A pipeline only adds: files that init reads itself need no evidence of it.
  const edited = pipeline && pipelinePlaces(pipeline, files, found);
  const all = [...found, ...(edited?.found ?? [])];
  const sealed = sealedFiles(files);
  const own = all.filter(({ image }) => isOwn(image));
  const whyNot = (one: FoundImage): string | undefined => whySetAside(one, own) ?? whyNotWritten(one);
  const whyNotWritten = ({ file, tag, image }: FoundImage): string | undefined =>
    sealed.has(file) || tag?.startsWith('ENC[') === true
      ? 'SOPS protects its values (docs/errors.md, encrypted-by-sops)'
      : tag !== undefined && isPlaceholder(tag)
        ? 'it is a template: a later step fills in the tag, so there is nothing to edit'
        : refused.get(`${file} ${image}`);
  const kept = own.filter((one) => whyNot(one) === undefined);
  const applications = findApplications(files);
  const paths = new Set([...files.map(({ path }) => path), ...kept.map(({ file }) => file)]);
  const placement = placeImages(kept, applications, paths);
  const leftOut = [
    ...placement.leftOut,
    ...own.flatMap((one) => {
      const reason = whyNot(one);
      return reason === undefined ? [] : [{ found: one, reason }];
    }),
    ...bases.filter(({ found: { image } }) => isOwn(image)),
    ...all
      .filter(({ image }) => !isOwn(image))
      .map((one) => ({ found: one, reason: 'its registry is not one of Azure; --image takes it' })),
  ];
  const images = kept.map(({ image }) => image);
  const notes = [
    ...registryNotes(images, input.registries),
    ...(images.some((image) => image.startsWith(`${unknownRegistry}/`))
      ? [
          `${unknownRegistry} stands for the registry, which the pipeline leaves to a service connection; put yours there`,
        ]
      : []),
    ...(edited?.notes ?? []),
    ...(pipeline?.repository !== undefined &&
    input.origin.repository !== undefined &&
    pipeline.repository !== input.origin.repository
      ? [`--from: the pipeline clones ${pipeline.repository}, and the checkout is of ${input.origin.repository}`]
      : []),
    ...placement.notes,
    ...setNotes(placement, files),
  ];
  const guessed = foldRoutes(guessImages(placement.placed));
  const around = (routes: readonly RouteGuess[], more: readonly string[]): RoutesGuess => ({
    ...guessAround(input, routes, [...notes, ...more]),
    ...(edited && pipelineGuess(edited, placement)),
  });
  const result = soundRoutes(guessed, images, around);
  const routed = new Set(result.routes.flatMap((route) => route.images));
  const unsound = placement.placed.filter(({ found: { image } }) => !routed.has(image));
  return {
    ...result,
    render: (more) => renderRoutes(around(result.routes, more)),
    placed: placement.placed.map((one) => one.found),
    leftOut: [
      ...leftOut,
      ...unsound.map((one) => ({ found: one.found, reason: 'its route does not pass the check: see the notes' })),
    ],
    untagged,
    isOwn,
    registriesToName: registriesToName(images, input.registries),
  };
}

/** A value in the template of an ApplicationSet is for every Application of it. */
function setNotes({ placed }: Placement, files: readonly ScannedFile[]): readonly string[] {
  const sets = new Set(
    files.flatMap(({ path, documents }) =>
      documents.some((document) => textAt(document, 'kind') === 'ApplicationSet') ? [path] : [],
    ),
  );
  return placed
    .filter(({ found }) => sets.has(found.file) && found.element === undefined)
    .map(({ found }) => `${found.file}: a push of ${found.image} changes every Application of this ApplicationSet`);
}

/** The image of the pipeline, and the branches for which its stages write each environment. */
function pipelineGuess(
  { image, branches }: PipelinePlaces,
  { placed }: Placement,
): Pick<RoutesGuess, 'pipelineImage' | 'stageBranches'> {
  const stages = new Map<string, readonly string[]>();
  for (const { name, found } of placed) {
    const own = found.image === image ? branches.get(found.file) : undefined;
    if (own) stages.set(name, [...new Set([...(stages.get(name) ?? []), ...own])]);
  }
  return { stageBranches: stages, ...(image !== undefined && { pipelineImage: image }) };
}

function guessAround(
  { files, repository, origin, pipeline }: InitInput,
  routes: readonly RouteGuess[],
  notes: readonly string[],
): RoutesGuess {
  const sources = findSources(files);
  const byApplications = mostCommon(sources.flatMap((source) => source.repository ?? []));
  const candidates: readonly (Told<string> | undefined)[] = [
    explained(repository, 'from --repository'),
    explained(pipeline?.repository, 'what the pipeline clones'),
    explained(origin.repository, 'the remote "origin" of the checkout'),
    explained(byApplications, 'what the Argo CD Applications read'),
  ];
  const revision = mostCommon(sources.flatMap((source) => source.revision ?? []));
  const branch =
    explained(revision, 'what the Argo CD Applications read') ??
    explained(origin.branch, 'the branch that is checked out');
  return {
    repository: candidates.find((candidate) => candidate !== undefined) ?? {
      value: placeholder,
      why: 'nothing shows where the repository is: put its URL here',
    },
    ...(branch && { branch }),
    branches: explained(pipeline?.branches, 'the branches that start the pipeline') ?? {
      value: ['main'],
      why: 'images of other branches and of pull requests stay out',
    },
    ...(pipeline?.tag !== undefined && {
      buildTag: { value: pipeline.tag, why: 'how the pipeline tags its images' },
    }),
    routes,
    notes,
  };
}

function explained<T>(value: T | undefined, why: string): Told<T> | undefined {
  return value === undefined ? undefined : { value, why };
}

function mostCommon(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
