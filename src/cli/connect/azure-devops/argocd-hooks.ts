import { instanceOf } from '../../../lib/routes/expand/application-name.ts';
import { fixed, type UsedEnvironment } from '../../used-environments.ts';
import { azureRepos, pushEvent, type OpenHook, type WantedHook } from './wanted-hooks.ts';

/**
 * The service hooks that report pushes of GitOps repositories to an Argo CD.
 *
 * @param instance only the repositories whose applications name this Argo CD
 */
export function argoCdHooks(
  used: readonly UsedEnvironment[],
  { collections, instance }: { readonly collections: readonly string[]; readonly instance: string | undefined },
): { readonly hooks: readonly WantedHook[]; readonly open: readonly OpenHook[] } {
  const hooks = new Map<string, WantedHook & { readonly serves: string[] }>();
  const open: OpenHook[] = [];
  for (const one of used) {
    const { application } = one.environment;
    if (instance !== undefined && !application.some((name) => instanceOf(name) === instance)) continue;
    const serves = `${one.route} ${one.environment.name}`;
    const url = fixed(one, ({ repository }) => repository);
    const address = url === undefined ? undefined : azureRepos(url, collections);
    if (!address) {
      const reason =
        url === undefined
          ? 'its repository follows from the image: name images with --image'
          : `${url} is not on Azure Repos: create the webhook of its Git host`;
      open.push({ serves, reason });
      continue;
    }
    const { collection, project, repository } = address;
    const key = JSON.stringify([collection, project, repository]).toLowerCase();
    const known = hooks.get(key) ?? { ...pushEvent, collection, project, repository, serves: [] };
    known.serves.push(serves);
    hooks.set(key, known);
  }
  return { hooks: [...hooks.values()], open };
}
