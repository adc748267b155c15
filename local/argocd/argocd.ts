import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { serveHttp } from '../registry/http.ts';
import { Access } from './access/access.ts';
import type { AccessOptions } from './access/access.ts';
import { answerApi } from './api/answer-api.ts';
import { fullName } from './application.ts';
import type { Application, Health } from './application.ts';
import { Clock } from './clock.ts';
import { Controller } from './controller.ts';
import { readShippedConfiguration } from './notifications/configuration.ts';
import { Notifier } from './notifications/notifier.ts';
import { defaultPace, fateByTag } from './options.ts';
import type { ApplicationOptions, ApplicationSetOptions, ImageFate, Pace, ProjectOptions } from './options.ts';
import { Repositories } from './repositories.ts';

export interface ArgoCdOptions extends AccessOptions {
  /** Port of the API; a free one if 0 or absent. */
  readonly port?: number;
  /** Applications in their manifests are applications too, and change with a sync; none is pruned. */
  readonly applications: readonly ApplicationOptions[];
  readonly applicationSets?: readonly ApplicationSetOptions[];
  /** By name; a project that is absent has no sync windows. */
  readonly projects?: Readonly<Record<string, ProjectOptions>>;
  /** URL of a repository → its bare repository on this machine. */
  readonly repositories: Readonly<Record<string, string>>;
  /** URL for notifications, such as `…/api/webhooks/argocd`. If absent, none are sent before `connect`. */
  readonly notifyUrl?: string;
  /** `user:password` that the repository's webhook needs; absent: none. */
  readonly webhookLogin?: string;
  /** A refresh was requested; `nextPollAt` is when the application would have polled, in milliseconds since 1970. */
  readonly onRefresh?: (application: string, nextPollAt: number) => void;
  /** Replace and extend the headers of the shipped service, whose secrets are placeholders. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly pace?: Partial<Pace>;
  /** The fate of an image in the cluster; by its tag (`fateByTag`) if absent. */
  readonly fateOf?: (image: string) => ImageFate;
  /** `argocdUrl` of the notifications; the API's own address if absent. */
  readonly publicUrl?: string;
  /** An Application has changed; called before a client can see the change. */
  readonly onChange?: (application: Application) => void;
  /** Logs notifications that were not received and failing expressions; standard error if absent. */
  readonly log?: (message: string) => void;
}

/** A running Argo CD. Applications are named `namespace/name`. */
export interface ArgoCd {
  readonly url: string;
  /** The current Application. */
  application(name: string): Application;
  /** When an application compares by itself, in milliseconds since 1970. */
  nextPollAt(name: string): number;
  /** Compares with all repositories now, like after a webhook of the Git host. */
  refresh(): void;
  /** Syncs by hand, as a patch of the field `operation` does, with or without a change. */
  sync(name: string): void;
  /** Changes the live state without a commit: a pod breaks or recovers days later. */
  setHealth(name: string, health: Health): void;
  /** Sends notifications to this URL from now on, once. */
  connect(notifyUrl: string, headers: Readonly<Record<string, string>>): void;
  /** Sends no more notifications, as before its receiver stops. */
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Argo CD on this machine. It reads bare repositories with Git, finds the images in the files of its
 * applications, "syncs" changes, sends the rendered template of `infra/argocd/` by its triggers, and serves the API.
 */
export async function startArgoCd(options: ArgoCdOptions): Promise<ArgoCd> {
  const pace = { ...defaultPace, ...options.pace };
  const { log = console.error, fateOf = fateByTag, projects = {}, applicationSets = [] } = options;
  const access = new Access(options);
  const compare = pLimit(pace.comparisons);
  const closing = new AbortController();
  const { signal } = closing;
  // Each application and each pause listens to it.
  setMaxListeners(0, signal);
  const repositories = new Repositories(options.repositories);
  const clock = new Clock();
  const configuration = await readShippedConfiguration();
  const controllers = new Map<string, Controller>();
  const onRefresh = (name: string): void => options.onRefresh?.(name, find(name).nextPollAt);
  const api = { controllers, applicationSets, access, repositories, webhookLogin: options.webhookLogin, onRefresh };
  const http = await serveHttp(options.port ?? 0, (request) =>
    signal.aborted ? Promise.resolve('drop') : answerApi(request, api),
  );
  let notifier: Notifier | undefined;
  const disconnecting = new AbortController();
  const connect: ArgoCd['connect'] = (url, headers) => {
    notifier ??= new Notifier({
      configuration,
      url,
      headers,
      context: { argocdUrl: options.publicUrl ?? http.url },
      retryWaitMs: pace.retryWaitMs,
      evaluationMs: pace.evaluationMs,
      signal: AbortSignal.any([signal, disconnecting.signal]),
      read: (name) => controllers.get(name)?.application,
      log,
    });
  };
  if (options.notifyUrl !== undefined) connect(options.notifyUrl, options.headers ?? {});
  const onChange = (name: string): void => {
    const controller = controllers.get(name);
    if (controller) options.onChange?.(controller.application);
    notifier?.touch(name);
  };
  const runs: Promise<void>[] = [];
  const add = (application: ApplicationOptions): Controller => {
    const windows = projects[application.project ?? 'default']?.syncWindows ?? [];
    const deps = { repositories, clock, pace, fateOf, signal, windows, compare, onChange, onApplications };
    const controller = new Controller(application, deps);
    controllers.set(controller.name, controller);
    return controller;
  };
  const run = (controller: Controller): void =>
    void runs.push(
      controller.run().catch((error: unknown) => log(`${controller.name} is no longer watched: ${String(error)}`)),
    );
  for (const application of options.applications) add(application);
  for (const controller of controllers.values()) run(controller);
  const resync = setInterval(() => controllers.forEach((controller) => controller.touch()), pace.resyncMs);

  function onApplications(holder: ApplicationOptions, applications: readonly ApplicationOptions[]): void {
    const { namespace = 'argocd', name } = holder;
    const heldBy = namespace === 'argocd' ? name : `${namespace}_${name}`;
    for (const application of applications) {
      const held = { ...application, heldBy };
      const known = controllers.get(fullName(held));
      if (known) known.reconfigure(held);
      else run(add(held));
    }
  }

  function find(name: string): Controller {
    const controller = controllers.get(name);
    if (controller) return controller;
    throw new Error(`The application ${name} does not exist.`);
  }

  return {
    url: http.url,
    application: (name) => find(name).application,
    nextPollAt: (name) => find(name).nextPollAt,
    refresh: () => controllers.forEach((controller) => controller.refresh()),
    sync: (name) => find(name).sync(),
    setHealth: (name, health) => find(name).cluster.override(health),
    connect,
    async disconnect() {
      disconnecting.abort();
      await notifier?.idle();
    },
    close: async () => {
      clearInterval(resync);
      closing.abort();
      await Promise.all([...runs, notifier?.idle()]);
      await Promise.all([http.close(), repositories.close()]);
    },
  };
}
