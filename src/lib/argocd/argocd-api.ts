import { argoCdAccess } from './argocd-settings.ts';
import type { ArgoCdAccess, ArgoCdInstances } from './argocd-settings.ts';
import { Failure } from '../model/failure.ts';
import { readApplication } from '../intake/argocd-application.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { askArgoCd } from './argocd-http.ts';
import type { ArgoCdHttpDeps } from './argocd-http.ts';
import { degradedResources, resourceTreeSchema } from './resource-tree.ts';
import type { DegradedResource } from './resource-tree.ts';

/** Asks Argo CD back, for what notifications do not tell or did not bring. */
export interface ArgoCdApi {
  /** Whether an application's Argo CD can be asked; the others fail with nothing. */
  readonly knows: (application: string) => boolean;
  /** What its notification would say now; `undefined` where Argo CD has not looked at the application yet. */
  readonly getApplication: (application: string) => Promise<SyncResult | undefined>;
  /** Which resources are degraded, why, and what they run. */
  readonly getDegradedResources: (application: string) => Promise<readonly DegradedResource[]>;
}

export interface ArgoCdApiDeps extends ArgoCdHttpDeps {
  readonly instances: ArgoCdInstances;
}

/** Applications are named as in routes: `[instance/]namespace/name`. Throws the failures of `askArgoCd`. */
export function makeArgoCdApi({ instances, ...http }: ArgoCdApiDeps): ArgoCdApi {
  return {
    knows: (application) => argoCdAccess(instances, split(application).instance) !== undefined,

    async getApplication(application) {
      const { access, path } = find(application);
      const answer = await askArgoCd(access, path(''), application, http);
      const result = readApplication(answer, new Date(http.now()), access.publicUrl);
      if (result.kind === 'malformed') throw notUnderstood(access, application, result.problems[0]?.field);
      return result.kind === 'ignored' ? undefined : result;
    },

    async getDegradedResources(application) {
      const { access, path } = find(application);
      const answer = await askArgoCd(access, path('/resource-tree'), application, http);
      const tree = resourceTreeSchema.safeParse(answer);
      if (!tree.success) throw notUnderstood(access, application, tree.error.issues[0]?.path.join('.'));
      return degradedResources(tree.data);
    },
  };

  function find(application: string): { readonly access: ArgoCdAccess; readonly path: (rest: string) => string } {
    const { instance, namespace, name } = split(application);
    const access = argoCdAccess(instances, instance);
    if (!access) throw new RangeError(`The Argo CD of ${application} cannot be asked: ask \`knows\` first.`);
    const query = `appNamespace=${encodeURIComponent(namespace)}`;
    return { access, path: (rest) => `applications/${encodeURIComponent(name)}${rest}?${query}` };
  }
}

function split(application: string): { readonly instance?: string; readonly namespace: string; readonly name: string } {
  const [name = '', namespace = '', instance] = application.split('/').toReversed();
  return { namespace, name, ...(instance !== undefined && { instance }) };
}

function notUnderstood({ publicUrl }: ArgoCdAccess, application: string, field = '(body)'): Failure {
  return new Failure(
    'answer-not-understood',
    `${publicUrl} answered about ${application} in another form than Argo CD's API: ${field}. Look whether ARGOCD_URL is right.`,
  );
}
