import { openGate } from '../../src/lib/gates/open-gate.ts';
import type { PipelineCallback } from '../../src/lib/gates/pipeline-callback.ts';
import type { GateQuestion } from '../../src/lib/intake/gate-request.ts';
import { Failure } from '../../src/lib/model/failure.ts';
import type { Turn } from '../support/memory/turn.ts';
import { places } from './fleet.ts';
import type { Place } from './fleet.ts';
import type { FunctionsHost } from './functions-host.ts';
import type { Pushed } from './pushes.ts';
import type { World } from './world.ts';

/** A stage of a run of a pipeline, which waits for the deployment of a tag. */
export interface Stage {
  readonly place: Place;
  readonly tag: string;
  readonly onSuperseded: GateQuestion['onSuperseded'];
  readonly isRerun: boolean;
  /** In milliseconds since 1970. */
  readonly askedAt: number;
  /** When the app had stored the gate; absent if the request failed. */
  openedAt?: number;
  /** Each call that the pipeline took, and those that came after its end. */
  readonly calls: { readonly at: number; readonly succeeded: boolean; readonly isTaken: boolean }[];
}

const minute = 60_000;
const gateTimeoutSeconds = 6 * 60 * 60;

/** The pipelines of the routes. Some stages wait for what they pushed, and some of those are run again. */
export class Pipelines {
  readonly stages: Stage[] = [];
  readonly #world: World;
  readonly #host: FunctionsHost;
  /** By the id of the task. */
  readonly #tasks = new Map<string, Stage>();

  constructor(world: World, host: FunctionsHost) {
    this.#world = world;
    this.#host = host;
  }

  /** The stages that follow the push of an image. */
  follow({ route, tag }: Pushed): void {
    const { timeline, random } = this.#world;
    const of = places.filter((place) => place.route === route);
    const place = of[Math.floor(random() * of.length)];
    if (!place || random() < 0.5) return;
    const after = random() < 0.7 ? random() * 3 * minute : random() * 120 * minute;
    timeline.after(after, () => this.#ask(place, tag, false));
    if (random() < 0.4) timeline.after(after + random() * 12 * 60 * minute, () => this.#ask(place, tag, true));
  }

  #ask(place: Place, tag: string, isRerun: boolean): void {
    const { timeline, random, newId } = this.#world;
    const onSuperseded = (['follow', 'follow', 'succeed', 'fail'] as const)[Math.floor(random() * 4)] ?? 'follow';
    const stage: Stage = { place, tag, onSuperseded, isRerun, askedAt: timeline.time, calls: [] };
    const taskInstanceId = guid(newId());
    const task = {
      planUrl: 'https://dev.azure.com/contoso/',
      projectId: guid(newId()),
      hubName: 'build',
      planId: guid(newId()),
      jobId: guid(newId()),
      timelineId: guid(newId()),
      taskInstanceId,
    };
    const { route, environment } = place;
    const question = {
      environment,
      routes: [route],
      selector: { kind: 'tag', tag } as const,
      onSuperseded,
      requireImage: false,
    };
    this.stages.push(stage);
    this.#tasks.set(taskInstanceId, stage);
    this.#host.order(async ({ gates, stores, routes, startPromptJob, configuration }) => {
      const { cipher, ...deps } = gates.deps;
      if (!cipher) throw new Error('the simulation sets GATE_TOKEN_KEY');
      const opened = await openGate(
        { kind: 'gate-request', task, token: 'token', question },
        {
          ...deps,
          cipher,
          start: startPromptJob,
          sendLater: stores.sendLater,
          due: stores.due,
          routes: routes.current,
          hosts: configuration.settings,
          timeoutSeconds: gateTimeoutSeconds,
        },
        () => undefined,
      );
      if ('problems' in opened) throw new Error(`a gate is refused: ${JSON.stringify(opened.problems)}`);
      stage.openedAt = timeline.time;
    });
  }

  /** What the app calls, from one process. */
  callback(turn: Turn): PipelineCallback {
    const { timeline } = this.#world;
    return {
      appendLines: () => turn('append lines', () => undefined),
      uploadLog: () => turn('upload a log', () => undefined),
      complete: ({ taskInstanceId }, _token, succeeded) =>
        turn('complete a task', () => {
          const stage = this.#tasks.get(taskInstanceId);
          if (!stage) throw new Error(`there is no task ${taskInstanceId}`);
          const isTaken = stage.calls.length === 0;
          stage.calls.push({ at: timeline.time, succeeded, isTaken });
          if (!isTaken) throw new Failure('plan-ended', 'The task has ended.');
        }),
    };
  }
}

function guid(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
