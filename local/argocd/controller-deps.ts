import type { Clock } from './clock.ts';
import type { ApplicationOptions, ImageFate, Pace } from './options.ts';
import type { Repositories } from './repositories.ts';
import type { SyncWindow } from './sync/windows.ts';

/** The surroundings of the controller of one application. */
export interface ControllerDeps {
  readonly repositories: Repositories;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly fateOf: (image: string) => ImageFate;
  readonly signal: AbortSignal;
  /** The sync windows of the application's project. */
  readonly windows: readonly SyncWindow[];
  /** Runs a comparison when a status processor is free. */
  readonly compare: <T>(run: () => Promise<T>) => Promise<T>;
  /** The Applications of an app of apps were applied. */
  readonly onApplications: (holder: ApplicationOptions, applications: readonly ApplicationOptions[]) => void;
  /** The Application has changed. */
  readonly onChange: (application: string) => void;
}
