import { z } from 'zod';
import { heldResourceSchema, holderOf } from './application-holder.ts';
import type { ResourceHolder } from './application-holder.ts';
import { argoCdAccess } from './read-instances.ts';
import type { ArgoCdAccess, ArgoCdInstances } from './read-instances.ts';
import { Failure } from '../model/failure.ts';
import { readApplication } from '../intake/argocd-application.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { askArgoCd } from './ask-argocd.ts';
import type { ArgoCdHttpDeps } from './ask-argocd.ts';
import { readResources, resourceTreeSchema } from './resource-tree.ts';
import type { ApplicationResources } from './resource-tree.ts';
import { makeCircuit } from '../net/circuit.ts';

/** Reads, refreshes and syncs applications by Argo CD's API. */
export interface ArgoCdApi {
  /** Whether settings have URL and token of the application's Argo CD. Call the other functions only then. */
  readonly knows: (application: string) => boolean;
  /** The content of a notification sent now; `undefined` before Argo CD has compared the application. */
  readonly getApplication: (application: string) => Promise<SyncResult | undefined>;
  /** The degraded resources with their reasons, and those at the top, with their images. */
  readonly getResources: (application: string) => Promise<ApplicationResources>;
  /** Makes Argo CD compare an application with its repository now. The answer is the application after the comparison. */
  readonly refresh: (application: string) => Promise<SyncResult | undefined>;
  /** The same for the application that holds the manifest of this one, else for this one. */
  readonly refreshHolder: (application: string) => Promise<void>;
  /** Reads everything that `refreshHolder` reads, without a refresh. */
  readonly readHolder: (application: string) => Promise<void>;
  /** Starts a sync. Options and retries are those of the Application. */
  readonly startSync: (application: string, request: SyncRequest) => Promise<void>;
  /** Whether the account may sync the application, with the object of the right in a policy. */
  readonly maySync: (application: string) => Promise<{ readonly isAllowed: boolean; readonly object: string }>;
}

/** A sync at commits. Without a revision Argo CD syncs the target revision. */
export interface SyncRequest {
  readonly prune: boolean;
  /** The commit of an application with one source. */
  readonly revision?: string;
  /** The commits of some of several sources, with the positions of these, from 1. */
  readonly revisions?: readonly string[];
  readonly sourcePositions?: readonly number[];
}

export interface ArgoCdApiDeps extends ArgoCdHttpDeps {
  readonly instances: ArgoCdInstances;
  /** Time limit of a refresh, in milliseconds. */
  readonly refreshTimeoutMs?: number;
  /** Time limit of a read of the resource tree, in milliseconds: a message waits for it. */
  readonly treeTimeoutMs?: number;
}

const defaultRefreshTimeoutMs = 30_000;
const defaultTreeTimeoutMs = 2_000;

/** Applications are named as in routes: `[instance/]namespace/name`. Each function throws the failures of `askArgoCd`. */
export function makeArgoCdApi({
  instances,
  refreshTimeoutMs = defaultRefreshTimeoutMs,
  treeTimeoutMs = defaultTreeTimeoutMs,
  ...http
}: ArgoCdApiDeps): ArgoCdApi {
  const circuit = makeCircuit(http.now, 'argocd-unavailable');
  return {
    knows: (application) => argoCdAccess(instances, split(application).instance) !== undefined,

    async getApplication(application) {
      const { access, path } = find(application);
      return readResult(access, application, await askArgoCd(access, path(''), application, http));
    },

    async getResources(application) {
      const { access, path } = find(application);
      const timed = { ...http, timeoutMs: treeTimeoutMs };
      return circuit.run(access.publicUrl, treeTimeoutMs, async () => {
        const tree = resourceTreeSchema.safeParse(await askArgoCd(access, path('/resource-tree'), application, timed));
        if (!tree.success) throw notUnderstood(access, application, tree.error.issues[0]?.path.join('.'));
        return readResources(tree.data);
      });
    },

    async refresh(application) {
      const { access, path } = find(application);
      return readResult(access, application, await refreshAt(access, path(''), application));
    },

    async readHolder(application) {
      const { access } = find(application);
      const parent = await holderAbove(application);
      if (!parent) return;
      readHeld(access, parent.name, await askArgoCd(access, pathOf(parent.name, parent.namespace), parent.name, http));
    },

    async refreshHolder(application) {
      const { access, path } = find(application);
      const parent = await holderAbove(application);
      const answer = parent
        ? await refreshAt(access, pathOf(parent.name, parent.namespace), parent.name)
        : await refreshAt(access, path(''), application);
      readHeld(access, parent?.name ?? application, answer);
    },

    async startSync(application, request) {
      const { access } = find(application);
      const { namespace, name } = split(application);
      const body = { name, appNamespace: namespace, ...request };
      await askArgoCd(access, `applications/${encodeURIComponent(name)}/sync`, application, http, body);
    },

    async maySync(application) {
      const { access, path } = find(application);
      const { namespace, name } = split(application);
      const read = projectSchema.safeParse(await askArgoCd(access, path(''), application, http));
      if (!read.success) throw notUnderstood(access, application, 'spec.project');
      const { project } = read.data.spec;
      // In Argo CD's own namespace the object has no namespace, and the API does not say which one that is.
      const objects = [`${project}/${name}`, `${project}/${namespace}/${name}`] as const;
      for (const object of objects) {
        const parts = object.split('/').map(encodeURIComponent).join('/');
        const answer = await askArgoCd(access, `account/can-i/applications/sync/${parts}`, application, http);
        const permission = permissionSchema.safeParse(answer);
        if (!permission.success) throw notUnderstood(access, application, 'value');
        if (permission.data.value === 'yes') return { isAllowed: true, object };
      }
      return { isAllowed: false, object: objects[0] };
    },
  };

  function refreshAt(access: ArgoCdAccess, path: string, subject: string): Promise<unknown> {
    const refreshing = `${path}${path.includes('?') ? '&' : '?'}refresh=normal`;
    return askArgoCd(access, refreshing, subject, { ...http, timeoutMs: refreshTimeoutMs });
  }

  function readResult(access: ArgoCdAccess, application: string, answer: unknown): SyncResult | undefined {
    const result = readApplication(answer, http.now(), access.publicUrl);
    if (result.kind === 'malformed') throw notUnderstood(access, application, result.problems[0]?.field);
    return result.kind === 'ignored' ? undefined : result;
  }

  /** The application that holds an Application, or its ApplicationSet. */
  async function holderAbove(application: string): Promise<ResourceHolder | undefined> {
    const { access, path } = find(application);
    const holder = holderOf(readHeld(access, application, await askArgoCd(access, path(''), application, http)));
    return holder?.kind === 'application-set' ? parentOf(access, holder) : holder;
  }

  /** The application that holds an ApplicationSet. */
  async function parentOf(
    access: ArgoCdAccess,
    { name, namespace }: ResourceHolder,
  ): Promise<ResourceHolder | undefined> {
    const query = namespace === undefined ? '' : `?appsetNamespace=${encodeURIComponent(namespace)}`;
    const answer = await askArgoCd(access, `applicationsets/${encodeURIComponent(name)}${query}`, name, http);
    return holderOf(readHeld(access, name, answer));
  }

  function find(application: string): { readonly access: ArgoCdAccess; readonly path: (rest: string) => string } {
    const { instance, namespace, name } = split(application);
    const access = argoCdAccess(instances, instance);
    if (!access) throw new RangeError(`The Argo CD of ${application} cannot be asked: ask \`knows\` first.`);
    return { access, path: (rest) => pathOf(name, namespace, rest) };
  }
}

const projectSchema = z.object({ spec: z.object({ project: z.string() }) });
const permissionSchema = z.object({ value: z.enum(['yes', 'no']) });

/** Without a namespace Argo CD takes its own. */
function pathOf(name: string, namespace: string | undefined, rest = ''): string {
  const query = namespace === undefined ? '' : `?appNamespace=${encodeURIComponent(namespace)}`;
  return `applications/${encodeURIComponent(name)}${rest}${query}`;
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

function readHeld(access: ArgoCdAccess, subject: string, answer: unknown): z.infer<typeof heldResourceSchema> {
  const read = heldResourceSchema.safeParse(answer);
  if (!read.success) throw notUnderstood(access, subject, read.error.issues[0]?.path.join('.'));
  return read.data;
}
