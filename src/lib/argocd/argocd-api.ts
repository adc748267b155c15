import { argoCdAccess } from './read-instances.ts';
import type { ArgoCdAccess, ArgoCdInstances } from './read-instances.ts';
import { Failure } from '../model/failure.ts';
import { readApplication } from '../intake/argocd-application.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { askArgoCd } from './ask-argocd.ts';
import type { ArgoCdHttpDeps } from './ask-argocd.ts';
import { degradedResources, resourceTreeSchema } from './resource-tree.ts';
import type { DegradedResource } from './resource-tree.ts';

/** Reads applications from Argo CD's API, for lost notifications and for the health of resources. */
export interface ArgoCdApi {
  /** Whether settings have URL and token of the application's Argo CD. Call the other functions only then. */
  readonly knows: (application: string) => boolean;
  /** The content of a notification sent now; `undefined` before Argo CD has compared the application. */
  readonly getApplication: (application: string) => Promise<SyncResult | undefined>;
  /** The degraded resources, with reasons and images. */
  readonly getDegradedResources: (application: string) => Promise<readonly DegradedResource[]>;
}

export interface ArgoCdApiDeps extends ArgoCdHttpDeps {
  readonly instances: ArgoCdInstances;
}

/** Applications are named as in routes: `[instance/]namespace/name`. Each function throws the failures of `askArgoCd`. */
export function makeArgoCdApi({ instances, ...http }: ArgoCdApiDeps): ArgoCdApi {
  return {
    knows: (application) => argoCdAccess(instances, split(application).instance) !== undefined,

    async getApplication(application) {
      const { access, path } = find(application);
      const answer = await askArgoCd(access, path(''), application, http);
      const result = readApplication(answer, http.now(), access.publicUrl);
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
    `${publicUrl} answered about ${application} in another form than Argo CD's API: ${field}. Check ARGOCD_URL.`,
  );
}
