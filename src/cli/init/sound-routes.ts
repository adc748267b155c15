import { loadRoutes } from '../../lib/routes/load.ts';
import type { HostRules } from '../../lib/routes/read/host-rules.ts';
import type { RouteTable } from '../../lib/routes/route.ts';
import type { RouteGuess } from './fold.ts';
import { renderRoutes, type RoutesGuess } from './render.ts';

export interface InitResult {
  /** The document; `undefined` where there is no route to write. */
  readonly text: string | undefined;
  readonly routes: readonly RouteGuess[];
  readonly notes: readonly string[];
  /** The routes as the app loads them. */
  readonly table?: RouteTable;
}

/**
 * The document of those routes that pass the check.
 *
 * @param images the images whose registries the settings are to allow
 * @param guessAround the document for routes; `leftOut` gives the reasons for those that it lacks
 */
export function soundRoutes(
  guessed: readonly RouteGuess[],
  images: readonly string[],
  guessAround: (routes: readonly RouteGuess[], leftOut: readonly string[]) => RoutesGuess,
  hosts: Pick<HostRules, 'azureDevOpsCollections' | 'gitHubHosts'> = { azureDevOpsCollections: [] },
): InitResult {
  const registries = images.map((image) => image.slice(0, image.indexOf('/')));
  const leftOut: string[] = [];
  let routes = guessed;
  for (;;) {
    const guess = guessAround(routes, leftOut);
    if (routes.length === 0) return { text: undefined, routes, notes: guess.notes };
    const text = renderRoutes(guess);
    const loaded = loadRoutes([{ setting: 'routes.yaml', text }], { ...hosts, registries });
    const problems = loaded.problems.filter(({ severity }) => severity === 'error');
    if (problems.length === 0)
      return { text, routes, notes: guess.notes, ...(loaded.table && { table: loaded.table }) };
    const wrong = new Set(problems.map(({ route }) => route));
    const sound = routes.filter(({ name }) => !wrong.has(name));
    if (sound.length === routes.length)
      throw new Error(`the guess is not valid: ${problems.map(({ message }) => message).join('; ')}`);
    for (const { route, message } of problems) leftOut.push(`${route ?? ''} is left out: ${message}`);
    routes = sound;
  }
}
