import { guidOf } from '../server/guid.ts';
import type { Build, BuildResult, Stage } from './build.ts';

/** A build to be started; what is left out is as a push to `main` makes it. */
export interface BuildStart extends Pick<Build, 'organization' | 'project' | 'definition' | 'repository'> {
  /** Free where it is left out. */
  readonly id?: number;
  /** `20261120.1` and so on where it is left out. */
  readonly buildNumber?: string;
  readonly sourceBranch?: string;
  readonly sourceVersion: string;
  readonly reason?: Build['reason'];
  readonly triggerInfo?: Build['triggerInfo'];
  /** Now where it is left out. */
  readonly startTime?: Date;
  /** The commits since the last build of the pipeline, the newest first. */
  readonly changes?: Build['changes'];
}

/** The new state of a build's stage; an unknown stage begins. */
export type StageChange = Pick<Stage, 'name' | 'state'> & Partial<Pick<Stage, 'displayName' | 'result'>>;

export interface BuildEvents {
  /** A build has begun or ended. */
  readonly onRun: (build: Build) => void;
  readonly onStage: (build: Build, stage: Stage) => void;
}

/** The builds since the emulator was started. Their ids are free, or given, and go through all organizations. */
export class BuildBook {
  readonly #builds = new Map<number, Build>();
  readonly #now: () => Date;
  readonly #events: BuildEvents;

  constructor(now: () => Date, events: BuildEvents) {
    this.#now = now;
    this.#events = events;
  }

  /** Starts a build. Throws where its id is taken. */
  start(options: BuildStart): Build {
    const { organization, project, definition, repository, sourceVersion } = options;
    const id = options.id ?? Math.max(0, ...this.#builds.keys()) + 1;
    if (this.#builds.has(id)) throw new Error(`There is a build ${id} already; take another id, or leave it out`);
    const startTime = options.startTime ?? this.#now();
    const build: Build = {
      organization,
      project,
      projectId: guidOf('project', organization, project),
      id,
      buildNumber: options.buildNumber ?? this.#nextNumber(startTime, definition.id),
      status: 'inProgress',
      definition,
      repository,
      sourceBranch: options.sourceBranch ?? 'refs/heads/main',
      sourceVersion,
      reason: options.reason ?? 'individualCI',
      triggerInfo: options.triggerInfo ?? {},
      queueTime: startTime,
      startTime,
      tags: [],
      planId: guidOf('plan', organization, project, String(id)),
      stages: [],
      changes: options.changes ?? [],
    };
    this.#events.onRun(this.#put(build));
    return build;
  }

  /** Ends a build. Throws where it is unknown or has ended. */
  finish(id: number, result: BuildResult, finishTime: Date = this.#now()): Build {
    const build = this.#require(id);
    if (build.status === 'completed') throw new Error(`The build ${id} has ended already: ${build.result}`);
    const finished = this.#put({ ...build, status: 'completed', result, finishTime });
    this.#events.onRun(finished);
    return finished;
  }

  /** Moves a stage of a build on. Throws where the build is unknown. */
  stage(id: number, { name, displayName, state, result }: StageChange): Build {
    const build = this.#require(id);
    const known = build.stages.find((candidate) => candidate.name === name);
    const now = this.#now();
    const stage: Stage = {
      id: known?.id ?? guidOf('stage', build.planId, name),
      name,
      displayName: displayName ?? known?.displayName ?? name,
      state,
      ...(result === undefined ? {} : { result }),
      ...(state === 'notStarted' ? {} : { startTime: known?.startTime ?? now }),
      ...(state === 'completed' ? { finishTime: now } : {}),
    };
    const stages = known
      ? build.stages.map((other) => (other.name === name ? stage : other))
      : [...build.stages, stage];
    const changed = this.#put({ ...build, stages });
    this.#events.onStage(changed, stage);
    return changed;
  }

  /** Changes the tags of a build. Throws where it is unknown. */
  setTags(id: number, tags: readonly string[]): Build {
    return this.#put({ ...this.#require(id), tags });
  }

  get(id: number): Build | undefined {
    return this.#builds.get(id);
  }

  /** In the order in which they were started. */
  all(): readonly Build[] {
    return [...this.#builds.values()];
  }

  #put(build: Build): Build {
    this.#builds.set(build.id, build);
    return build;
  }

  #require(id: number): Build {
    const build = this.#builds.get(id);
    if (!build) throw new Error(`There is no build ${id}`);
    return build;
  }

  /** The date and a counter of its day and definition, as pipelines number their runs by default. */
  #nextNumber(at: Date, definition: number): string {
    const day = at.toISOString().slice(0, 10).replaceAll('-', '');
    const earlier = this.all().filter(
      (build) => build.definition.id === definition && build.buildNumber.startsWith(`${day}.`),
    );
    return `${day}.${earlier.length + 1}`;
  }
}
