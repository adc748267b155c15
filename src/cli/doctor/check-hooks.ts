import { connectCollection, type ConnectedHook } from '../connect/azure-devops/connect-collection.ts';
import { appTarget } from '../connect/azure-devops/hook-target.ts';
import { wantedHooks, type HookOptions } from '../connect/azure-devops/wanted-hooks.ts';
import type { PlaceFindings } from '../access/check-access.ts';
import type { Finding } from '../finding.ts';
import type { Services } from '../services.ts';
import type { UsedEnvironment } from '../used-environments.ts';

const fix = 'npx tagrelay connect azure-devops creates or updates it';

/** Whether the service hooks that routes want are there and work, where the identity may see them. */
export async function checkHooks(
  used: readonly UsedEnvironment[],
  url: string | undefined,
  services: Pick<Services, 'connections' | 'access'>,
  { collections, sources }: Pick<HookOptions, 'collections' | 'sources'>,
): Promise<readonly PlaceFindings[]> {
  const { hooks } = wantedHooks(used, { collections, sources, projects: [], stages: false });
  const found: PlaceFindings[] = [];
  for (const collection of new Set(hooks.map((hook) => hook.collection))) {
    if (url === undefined) {
      const detail = 'cannot be identified without the URL of the app: --url';
      found.push({ place: collection, findings: [{ what: 'hooks', state: 'unknown', detail }] });
      continue;
    }
    const connected = await connectCollection(services, {
      collection,
      targets: [{ hooks: hooks.filter((hook) => hook.collection === collection), target: appTarget(url, undefined) }],
      isDry: true,
    });
    const { failure } = connected;
    const findings: Finding[] =
      failure === undefined
        ? connected.hooks.map(findingOf)
        : [{ what: 'hooks', state: 'unknown', detail: `may not be seen: ${failure}` }];
    found.push({ place: collection, findings });
  }
  return found;
}

/** Hooks make things faster; without them the registry's events and the clock do the work. */
function findingOf({ event, place, done, differs, failure, status }: ConnectedHook): Finding {
  const name = `${event} of ${place}`;
  const what = 'hook';
  if (done === 'failed') return { what, state: 'unknown', detail: `${name}: ${failure ?? ''}` };
  if (done === 'create') return { what, state: 'warning', detail: `${name} is not subscribed to`, fix };
  if (done === 'disabled') {
    const enable = 'Project settings → Service hooks enables it';
    return { what, state: 'warning', detail: `${name} was switched off by a person`, fix: enable };
  }
  if (status !== undefined)
    return { what, state: 'failed', detail: `${name} is ${status}: the app did not take it`, fix };
  if (done === 'update') return { what, state: 'warning', detail: `${name} differs in ${differs.join(', ')}`, fix };
  return { what, state: 'ok', detail: name };
}
