import { splitImageName } from '../../lib/model/image-reference.ts';
import type { Route } from '../../lib/routes/route.ts';
import type { RunningApplication } from '../applications/application.ts';
import { effectsOfChange } from '../applications/effects-of-change.ts';
import type { Checkouts } from '../applications/place.ts';
import { resolveSources } from '../applications/resolve-sources.ts';
import { parseCloneUrl } from '../clone-url.ts';
import type { EffectsOf } from './show-plan.ts';

/** The effects of changes of a route on running applications. */
export function makeEffectsOf(
  route: Route,
  applications: readonly RunningApplication[],
  checkouts: Checkouts,
  collections: readonly string[],
): EffectsOf {
  const overridden = resolveSources(applications, checkouts);
  return ({ environment: name, file, path, role }) => {
    const environment = route.environments.find((one) => one.name === name);
    const image = splitImageName(route.image);
    // The digest and the name of an image are where its tag is.
    if (!environment || !image || role === 'digest' || role === 'repository' || file.endsWith('Chart.lock'))
      return undefined;
    const address = parseCloneUrl(environment.repository, collections);
    if ('problem' in address) return undefined;
    const { branch, application } = environment;
    const { key } = address;
    return effectsOfChange({ key, branch, file, path, image, named: application }, overridden, checkouts);
  };
}
