import { imageName } from '../../lib/model/image-reference.ts';
import { foldRoutes } from '../init/fold.ts';
import type { EnvironmentGuess, ImageGuess } from '../init/guess.ts';
import { isOwnImage, registryNotes } from '../init/own-image.ts';
import type { RoutesGuess } from '../init/render.ts';
import { soundRoutes, type InitResult } from '../init/sound-routes.ts';
import { withWord } from '../init/texts.ts';
import type { RunningApplication } from './application.ts';
import { findUncovered, type Uncovered } from './find-uncovered.ts';
import type { Checkouts } from './place.ts';
import { guessFromApplications } from './route-guesses.ts';

export interface ApplicationsInput {
  readonly applications: readonly RunningApplication[];
  readonly checkouts: Checkouts;
  /** The glob of `--image`. */
  readonly images?: string | undefined;
  readonly registries: readonly string[];
}

export interface ApplicationsResult extends InitResult {
  readonly uncovered: readonly Uncovered[];
}

/** Proposes routes for the images that applications run. */
export function assembleFromApplications(input: ApplicationsInput): ApplicationsResult {
  const { applications, checkouts, registries } = input;
  const guess = guessFromApplications(applications, checkouts, (image) => isOwnImage(image, input));
  const defaults = defaultsOf(guess.images);
  const images = guess.images.map(({ image }) => image);
  const result = soundRoutes(
    foldRoutes(guess.images.map((one) => withoutDefaults(one, defaults))),
    images,
    (routes, leftOut) => ({
      ...defaults,
      branches: { value: ['main'], why: 'images of other branches and of pull requests stay out' },
      routes,
      notes: [...registryNotes(images, registries), ...guess.notes, ...leftOut],
    }),
  );
  const running = applications.map(({ name, images: own }) => ({
    application: name,
    images: [...new Set(own.map(imageName))],
  }));
  return { ...result, uncovered: findUncovered(running, result, guess.missing) };
}

/** The repository of most routes, and their branch if it is that of all. */
function defaultsOf(guesses: readonly ImageGuess[]): Pick<RoutesGuess, 'repository' | 'branch'> {
  const all = guesses.flatMap(({ environments }) => [...environments.values()]);
  const counts = new Map<string, number>();
  for (const { repository } of all)
    if (repository !== undefined) counts.set(repository, (counts.get(repository) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  const branches = new Set(all.map(({ branch }) => branch));
  const [branch] = branches;
  return {
    repository: { value: most?.[0] ?? '', why: 'what the applications read' },
    ...(branches.size === 1 &&
      branch !== undefined && { branch: { value: branch, why: 'what the applications read' } }),
  };
}

function withoutDefaults(
  { image, environments }: ImageGuess,
  { repository: defaultRepository, branch: defaultBranch }: Pick<RoutesGuess, 'repository' | 'branch'>,
): ImageGuess {
  const entries = Array.from(environments, ([name, { repository, branch, ...rest }]) => {
    const guess: EnvironmentGuess = {
      ...rest,
      ...(repository !== undefined &&
        repository !== defaultRepository.value && { repository: inPath(repository, name) }),
      ...(branch !== undefined && branch !== defaultBranch?.value && { branch: withWord(branch, name, 'environment') }),
    };
    return [name, guess] as const;
  });
  return { image, environments: new Map(entries) };
}

/** The environment in the path of a URL; the host `dev.azure.com` has none. */
function inPath(url: string, environment: string): string {
  const [host = ''] = /^https?:\/\/[^/]*/.exec(url) ?? [];
  return `${host}${withWord(url.slice(host.length), environment, 'environment')}`;
}
