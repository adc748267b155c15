import { imageName } from '../../lib/model/image-reference.ts';
import { foldRoutes, type RouteGuess } from '../init/fold.ts';
import type { EnvironmentGuess, ImageGuess } from '../init/guess.ts';
import { isOwnImage, registriesToName, registryNotes } from '../init/own-image.ts';
import type { RoutesGuess } from '../init/render.ts';
import { soundRoutes, type InitResult } from '../init/sound-routes.ts';
import { withWord } from '../init/texts.ts';
import type { RunningApplication } from './application.ts';
import { failingEdits, type FailingEdit } from './failing-edits.ts';
import { findUncovered, type Uncovered } from './find-uncovered.ts';
import { observedNotes, withDelivery } from './observed-hosts.ts';
import type { Checkouts } from './place.ts';
import { guessFromApplications } from './route-guesses.ts';
import { resolveSources } from './resolve-sources.ts';

export interface ApplicationsInput {
  readonly applications: readonly RunningApplication[];
  readonly checkouts: Checkouts;
  /** The glob of `--image`. */
  readonly images?: string | undefined;
  readonly registries: readonly string[];
  readonly azureDevOpsCollections: readonly string[];
  readonly gitHubHosts: readonly string[];
}

export interface ApplicationsResult extends InitResult {
  readonly uncovered: readonly Uncovered[];
  readonly registriesToName: readonly string[];
}

/** Proposes routes for the images that applications run. Routes whose edits fail in a checkout are left out. */
export function assembleFromApplications(input: ApplicationsInput): ApplicationsResult {
  const { checkouts } = input;
  const applications = resolveSources(input.applications, checkouts);
  const guess = guessFromApplications(applications, checkouts, (image) =>
    isOwnImage(image, input) ? undefined : foreignReason(input.images),
  );
  const first = routesFor(guess.images, guess.notes, input);
  const failing = first.table ? failingEdits(guess.images, first.table, input) : [];
  const result = failing.length === 0 ? first : routesFor(without(guess.images, failing), guess.notes, input);
  const running = applications.map(({ name, images }) => ({
    application: name,
    images: [...new Set(images.map(imageName))],
  }));
  return {
    ...result,
    uncovered: findUncovered(running, result, [...failing, ...guess.missing]),
    registriesToName: registriesToName(
      result.routes.flatMap((route) => route.images),
      input.registries,
    ),
  };
}

function foreignReason(images: string | undefined): string {
  return images === undefined ? "its registry is not Azure's (--image takes it)" : `--image ${images} does not take it`;
}

function routesFor(
  guesses: readonly ImageGuess[],
  notes: readonly string[],
  { registries, azureDevOpsCollections, gitHubHosts }: ApplicationsInput,
): InitResult {
  const hosts = { azureDevOpsCollections, gitHubHosts };
  const defaults = defaultsOf(guesses);
  const images = guesses.map(({ image }) => image);
  const delivered = guesses.map((one) => withDelivery(one, hosts));
  const routes = foldRoutes(delivered.map((one) => withoutDefaults(one, defaults)));
  const guessAround = (sound: readonly RouteGuess[], leftOut: readonly string[]): RoutesGuess => ({
    ...defaults,
    branches: { value: ['main'], why: 'images of other branches and of pull requests stay out' },
    routes: sound,
    notes: [...registryNotes(images, registries), ...observedNotes(delivered), ...notes, ...leftOut],
  });
  return soundRoutes(routes, images, guessAround, hosts);
}

function without(guesses: readonly ImageGuess[], failing: readonly FailingEdit[]): readonly ImageGuess[] {
  const wrong = new Set(failing.map(({ image, environment }) => JSON.stringify([image, environment])));
  return guesses.flatMap(({ image, environments }) => {
    const sound = [...environments].filter(([name]) => !wrong.has(JSON.stringify([image, name])));
    return sound.length === 0 ? [] : [{ image, environments: new Map(sound) }];
  });
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
