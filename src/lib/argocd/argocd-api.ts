import { z } from 'zod';
import { heldResourceSchema, holderOf } from './application-holder.ts';
import type { ResourceHolder } from './application-holder.ts';
import { argoCdAccess } from './read-instances.ts';
import type { ArgoCdAccess, ArgoCdInstances } from './read-instances.ts';
import { Failure } from '../model/failure.ts';
import { readApplication } from '../intake/argocd-application.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import { askArgoCd } from './ask-argocd.ts';
import { KnownProjects, projectSchema } from './known-projects.ts';
import type { ApplicationPlace } from './known-projects.ts';
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
  /**
   * The degraded resources with their reasons, and those at the top, with their images. It is the only request that a message
   * waits for: without an answer in time, further ones fail at once, and one at a time is made.
   */
  readonly getResources: (application: string) => Promise<ApplicationResources>;
  /** Makes Argo CD compare an application with its repository now. The answer is the application after the comparison. */
  readonly refresh: (application: string) => Promise<SyncResult | undefined>;
  /** The same for the application that holds the manifest of this one, else for this one. */
  readonly refreshHolder: (application: string) => Promise<void>;
  /** The application that holds the manifest of this one; `undefined` if none does, or before Argo CD has compared it. */
  readonly getHolder: (application: string) => Promise<HoldingApplication | undefined>;
  /** Starts a sync. Options and retries are those of the Application. */
  readonly startSync: (application: string, request: SyncRequest) => Promise<void>;
  /** Whether the account may sync the application, with the object of the right in a policy. */
  readonly maySync: (application: string) => Promise<{ readonly isAllowed: boolean; readonly object: string }>;
}

export interface HoldingApplication {
  /** `[instance/]namespace/name`. */
  readonly application: string;
  readonly result: SyncResult;
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
  const projects = new KnownProjects();
  return {
    knows: (application) => argoCdAccess(instances, split(application).instance) !== undefined,

    async getApplication(application) {
      const place = find(application);
      return readResult(place, application, await read(place, application));
    },

    async getResources(application) {
      const place = find(application);
      const { access } = place;
      return circuit.run(access.publicUrl, treeTimeoutMs, async () => {
        const answer = await read(place, application, { rest: '/resource-tree', timeoutMs: treeTimeoutMs });
        const tree = resourceTreeSchema.safeParse(answer);
        if (!tree.success) throw notUnderstood(access, application, tree.error.issues[0]?.path.join('.'));
        return readResources(tree.data);
      });
    },

    async refresh(application) {
      const place = find(application);
      return readResult(place, application, await refreshAt(place, application));
    },

    async getHolder(application) {
      const parent = await holderAbove(application);
      const result = parent && readResult(parent, parent.name, await read(parent, parent.name));
      if (!result) return undefined;
      const { instance } = split(application);
      const parts = [instance, result.application.namespace, result.application.name];
      return { application: parts.filter((part) => part !== undefined).join('/'), result };
    },

    async refreshHolder(application) {
      const parent = await holderAbove(application);
      const place = parent ?? find(application);
      const subject = parent?.name ?? application;
      readHeld(place.access, subject, await refreshAt(place, subject));
    },

    async startSync(application, request) {
      const place = find(application);
      const { access, name, namespace } = place;
      await projects.run(place, (project) => {
        const body = { name, appNamespace: namespace, ...(project !== undefined && { project }), ...request };
        return askArgoCd(access, `applications/${encodeURIComponent(name)}/sync`, application, http, body);
      });
    },

    async maySync(application) {
      const place = find(application);
      const { access, name, namespace } = place;
      const known = projectSchema.safeParse(await read(place, application));
      if (!known.success) throw notUnderstood(access, application, 'spec.project');
      const { project } = known.data.spec;
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

  /** Reads an application, or what is below it. */
  async function read(
    place: ApplicationPlace,
    subject: string,
    {
      rest = '',
      timeoutMs,
      ...query
    }: { readonly rest?: string; readonly timeoutMs?: number; readonly refresh?: string } = {},
  ): Promise<unknown> {
    const { access, name, namespace } = place;
    const timed = timeoutMs === undefined ? http : { ...http, timeoutMs };
    return projects.run(place, async (project) => {
      // Without a namespace Argo CD takes its own.
      const fields = Object.entries({ appNamespace: namespace, project, ...query });
      const given = fields.flatMap(([field, text]) =>
        text === undefined ? [] : `${field}=${encodeURIComponent(text)}`,
      );
      const parameters = given.length === 0 ? '' : `?${given.join('&')}`;
      const answer = await askArgoCd(
        access,
        `applications/${encodeURIComponent(name)}${rest}${parameters}`,
        subject,
        timed,
      );
      if (rest === '') projects.note(place, answer);
      return answer;
    });
  }

  function refreshAt(place: ApplicationPlace, subject: string): Promise<unknown> {
    return read(place, subject, { refresh: 'normal', timeoutMs: refreshTimeoutMs });
  }

  function readResult({ access }: ApplicationPlace, application: string, answer: unknown): SyncResult | undefined {
    const result = readApplication(answer, http.now(), access.publicUrl);
    if (result.kind === 'malformed') throw notUnderstood(access, application, result.problems[0]?.field);
    return result.kind === 'ignored' ? undefined : result;
  }

  /** The application that holds an Application, or its ApplicationSet. */
  async function holderAbove(application: string): Promise<ApplicationPlace | undefined> {
    const place = find(application);
    const { access } = place;
    const holder = holderOf(readHeld(access, application, await read(place, application)));
    const parent = holder?.kind === 'application-set' ? await parentOf(access, holder) : holder;
    return (
      parent && { access, name: parent.name, ...(parent.namespace !== undefined && { namespace: parent.namespace }) }
    );
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

  function find(application: string): ApplicationPlace & { readonly namespace: string } {
    const { instance, namespace, name } = split(application);
    const access = argoCdAccess(instances, instance);
    if (!access) throw new RangeError(`The Argo CD of ${application} cannot be asked: ask \`knows\` first.`);
    return { access, namespace, name };
  }
}

const permissionSchema = z.object({ value: z.enum(['yes', 'no']) });

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
