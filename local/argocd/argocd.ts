import { serveHttp } from '../registry/http.ts';
import { answerApi } from './api.ts';
import { fullName } from './application.ts';
import type { Application, Health } from './application.ts';
import { Clock } from './clock.ts';
import { Controller } from './controller.ts';
import { readShippedConfiguration } from './notifications/configuration.ts';
import { Notifier } from './notifications/notifier.ts';
import type { SentNotification } from './notifications/notifier.ts';
import { defaultPace, fateByTag } from './options.ts';
import type { ApplicationOptions, ImageFate, Pace } from './options.ts';
import { Repositories } from './repositories.ts';

export interface ArgoCdOptions {
  /** Of the API; 0 or absent takes a free one. */
  readonly port?: number;
  readonly applications: readonly ApplicationOptions[];
  /** URL of a repository → its bare repository on this machine. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Where notifications go, as `…/api/webhooks/argocd`; without, none are sent. */
  readonly notifyUrl?: string;
  /** Besides those of the shipped service, whose secrets they stand in for: `x-functions-key`, `x-tagrelay-secret`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the API takes as a bearer token. */
  readonly token: string;
  readonly pace?: Partial<Pace>;
  /** What becomes of an image in the cluster; by its tag where absent (`fateByTag`). */
  readonly fateOf?: (image: string) => ImageFate;
  /** `argocdUrl` of the notifications; the API's own address where absent. */
  readonly publicUrl?: string;
  readonly onNotification?: (notification: SentNotification) => void;
  /** Notifications that were not received, expressions that fail; standard error where absent. */
  readonly log?: (message: string) => void;
}

/** A running Argo CD. Applications are named `namespace/name`. */
export interface ArgoCd {
  readonly url: string;
  /** The Application as it is now. */
  application(name: string): Application;
  /** Looks at all repositories now, as after a webhook of the Git host. */
  refresh(): void;
  /** Syncs again by hand, though nothing may have changed. */
  sync(name: string): void;
  /** The live state changes without a commit: days later a pod breaks, or comes back. */
  setHealth(name: string, health: Health): void;
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Argo CD on this machine. It watches bare repositories by Git, reads the images out of the files of
 * its applications, "syncs" what has changed, sends exactly what the template in `infra/argocd/` renders, when its triggers
 * say so, and serves the API that is asked back.
 */
export async function startArgoCd(options: ArgoCdOptions): Promise<ArgoCd> {
  const pace = { ...defaultPace, ...options.pace };
  const { log = console.error, fateOf = fateByTag, token, headers = {}, notifyUrl } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const repositories = new Repositories(options.repositories);
  const clock = new Clock();
  const configuration = await readShippedConfiguration();
  const controllers = new Map<string, Controller>();
  const http = await serveHttp(options.port ?? 0, (request) =>
    Promise.resolve(signal.aborted ? 'drop' : answerApi(request, controllers, token)),
  );
  const notifier =
    notifyUrl === undefined
      ? undefined
      : new Notifier({
          configuration,
          url: notifyUrl,
          headers,
          context: { argocdUrl: options.publicUrl ?? http.url },
          retryWaitMs: pace.retryWaitMs,
          signal,
          read: (name) => controllers.get(name)?.application,
          onSent: options.onNotification ?? (() => undefined),
          log,
        });
  const onChange = (name: string): void => notifier?.touch(name);
  for (const application of options.applications) {
    const deps = { repositories, clock, pace, fateOf, signal, onChange };
    controllers.set(fullName(application), new Controller(application, deps));
  }
  const runs = [...controllers.values()].map((controller) =>
    controller.run().catch((error: unknown) => log(`${controller.name} is not watched any more: ${String(error)}`)),
  );
  const resync = setInterval(() => controllers.forEach((controller) => controller.touch()), pace.resyncMs);

  function find(name: string): Controller {
    const controller = controllers.get(name);
    if (controller) return controller;
    throw new Error(`There is no application ${name}.`);
  }

  return {
    url: http.url,
    application: (name) => find(name).application,
    refresh: () => controllers.forEach((controller) => controller.refresh()),
    sync: (name) => find(name).sync(),
    setHealth: (name, health) => find(name).setHealth(health),
    close: async () => {
      clearInterval(resync);
      closing.abort();
      await Promise.all([...runs, notifier?.idle()]);
      await Promise.all([http.close(), repositories.close()]);
    },
  };
}
