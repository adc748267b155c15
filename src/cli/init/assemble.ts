import { findApplications, type FoundApplication } from './applications.ts';
import { findImages } from './find-images.ts';
import { foldRoutes, type RouteGuess } from './fold.ts';
import { guessImages } from './guess.ts';
import type { PipelineFacts } from './pipeline.ts';
import { isOwnImage, registryNotes } from './own-image.ts';
import { pipelineSightings, unknownRegistry } from './pipeline-routes.ts';
import { groupBy, shortList } from './texts.ts';
import { placeImages } from './place-images.ts';
import type { Placement } from './placed-image.ts';
import type { RoutesGuess, Told } from './render.ts';
import type { ScannedFile } from './scan.ts';
import { sealedFiles } from './sealed-files.ts';
import type { FoundImage } from './found-image.ts';
import { soundRoutes, type InitResult } from './sound-routes.ts';

export interface InitInput {
  readonly files: readonly ScannedFile[];
  readonly images?: string;
  readonly pipeline?: PipelineFacts;
  readonly repository?: string;
  readonly origin: { readonly repository?: string; readonly branch?: string };
  readonly registries: readonly string[];
}

const placeholder = 'https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY';

/** Guesses routes. Routes that would not pass the check are left out, with the reason in a note. */
export function assembleRoutes(input: InitInput): InitResult {
  const { files, pipeline } = input;
  const found = findImages(files);
  const chosen = chooseImages(pipeline ? withPipeline(pipeline, files, found) : found, input);
  const sealed = sealedFiles(files);
  const isEncrypted = ({ file, tag }: FoundImage): boolean => sealed.has(file) || tag?.startsWith('ENC[') === true;
  const kept = chosen.kept.filter((one) => !isEncrypted(one));
  const encrypted = new Set(chosen.kept.filter(isEncrypted).map(({ file }) => file));
  const applications = findApplications(files);
  const placement = placeImages(
    kept,
    applications,
    new Set([...files.map(({ path }) => path), ...kept.map(({ file }) => file)]),
  );
  const notes = [
    ...chosen.notes,
    ...placement.notes,
    ...leftOutNotes(placement.leftOut),
    ...Array.from(
      encrypted,
      (file) => `${file} is left out: SOPS protects its values (docs/errors.md, encrypted-by-sops)`,
    ),
  ];
  const images = kept.map(({ image }) => image);
  const guessed = foldRoutes(guessImages(placement.placed));
  return soundRoutes(guessed, images, (routes, leftOut) =>
    guessAround(input, applications, routes, [...notes, ...leftOut]),
  );
}

function leftOutNotes(leftOut: Placement['leftOut']): readonly string[] {
  return Array.from(
    groupBy(leftOut, ({ found, reason }) => JSON.stringify([found.file, reason])).values(),
    (same) =>
      `${same[0]?.found.file ?? ''} is left out for ${shortList([...new Set(same.map(({ found }) => found.image))])}: ${same[0]?.reason ?? ''}`,
  );
}

function withPipeline(
  pipeline: PipelineFacts,
  files: readonly ScannedFile[],
  found: readonly FoundImage[],
): readonly FoundImage[] {
  const edited = pipelineSightings(pipeline, files, found);
  const images = new Set(edited.map(({ image }) => image));
  // The edits of the pipeline decide for its image.
  return [...found.filter(({ image }) => !images.has(image)), ...new Set(edited)];
}

function chooseImages(
  found: readonly FoundImage[],
  { images, registries }: InitInput,
): { readonly kept: readonly FoundImage[]; readonly notes: readonly string[] } {
  const isOwn = (image: string): boolean => isOwnImage(image, { images, registries });
  const kept = found.filter(({ image }) => isOwn(image));
  const others = [...new Set(found.filter(({ image }) => !isOwn(image)).map(({ image }) => image))];
  return {
    kept,
    notes: [
      ...registryNotes(
        kept.map(({ image }) => image),
        registries,
      ),
      ...(kept.some(({ image }) => image.startsWith(`${unknownRegistry}/`))
        ? [
            `${unknownRegistry} stands for the registry, which the pipeline leaves to a service connection; put yours there`,
          ]
        : []),
      ...(others.length === 0
        ? []
        : [
            `left out, because their registry is not Azure's (--image takes them): ${others.slice(0, 5).join(', ')}${others.length > 5 ? ', …' : ''}`,
          ]),
    ],
  };
}

function guessAround(
  { repository, origin, pipeline }: InitInput,
  applications: readonly FoundApplication[],
  routes: readonly RouteGuess[],
  notes: readonly string[],
): RoutesGuess {
  const byApplications = mostCommon(applications.flatMap((application) => application.repository ?? []));
  const candidates: readonly (Told<string> | undefined)[] = [
    explained(repository, 'from --repository'),
    explained(pipeline?.repository, 'what the pipeline clones'),
    explained(origin.repository, 'the remote "origin" of the checkout'),
    explained(byApplications, 'what the Argo CD Applications read'),
  ];
  const revision = mostCommon(applications.flatMap((application) => application.revision ?? []));
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
    ...(pipeline?.tagIsBuildId && {
      buildTag: { value: '{buildId}', why: "the pipeline tags images by the build's id" },
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
