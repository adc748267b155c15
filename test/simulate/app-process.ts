import { composeApp } from '../../src/app/compose.ts';
import { placesOfSilentHost } from '../../src/app/outside.ts';
import type { Outside } from '../../src/app/outside.ts';
import { HostShare } from '../../src/lib/net/host-share.ts';
import { Failure } from '../../src/lib/model/failure.ts';
import { parseRepositoryUrl } from '../../src/lib/net/repository-url.ts';
import type { Log } from '../../src/lib/model/log.ts';
import { makeMemoryRepository } from '../support/memory/memory-repository.ts';
import type { Turn } from '../support/memory/turn.ts';
import { argoCdApi } from './argo-cd-api.ts';
import type { Timeline } from './timeline.ts';
import type { World } from './world.ts';
import { repositoryUrl } from './fleet.ts';

/** What goes wrong at a call of the app. */
export interface CallFaults {
  /** Of a call, in parts of 1. */
  readonly failing: number;
  readonly killing: number;
}

const address = parseRepositoryUrl(repositoryUrl, []);
const repositoryKey = 'problem' in address ? '' : address.key;

export const noFaults: CallFaults = { failing: 0, killing: 0 };

/** One process of the app. When it dies, nothing of it runs any more, and another takes its place. */
export class AppProcess {
  readonly app: ReturnType<typeof composeApp>;
  /** Resolves when the process dies. */
  readonly death: Promise<'killed'>;
  isDead = false;
  faults: CallFaults = noFaults;
  readonly #timeline: Timeline;
  readonly #random: () => number;
  #die: (value: 'killed') => void = () => undefined;

  constructor(world: World, environment: Readonly<Record<string, string>>, log: Log) {
    this.#timeline = world.timeline;
    this.#random = world.random;
    this.death = new Promise((resolve) => (this.#die = resolve));
    this.app = composeApp(environment, () => this.#outside(world, log));
  }

  #outside(world: World, log: Log): Outside {
    const { timeline, git, registry, argoCd } = world;
    const storage = this.#turn(() => Object.assign(new Error('the answer is 503'), { statusCode: 503 }));
    const host = this.#turn((name) =>
      name.startsWith('push') ? failure('answer-lost') : failure('service-unavailable'),
    );
    const images = this.#turn(() => failure('registry-unavailable'));
    const cluster = this.#turn(() => failure('argocd-unavailable'));
    const repository = makeMemoryRepository(git, host);
    const pullRequests = world.pullRequests.client(host);
    const statuses = {
      postToCommit: () => host('post a status', () => undefined),
      postToPullRequest: () => host('post a status', () => undefined),
    };
    const opened = { key: repositoryKey, repository, pullRequests, statuses };
    return {
      machine: {
        now: timeline.now,
        sleep: (ms) => new Promise<void>((resolve) => timeline.sleep(this, ms, resolve)),
        random: this.#random,
        newId: world.newId,
      },
      storage: {
        table: () => Promise.resolve(world.table.client(storage)),
        queues: () => Promise.resolve(world.queues.client(storage)),
        blobs: world.blobs.client(storage),
      },
      services: {
        connections: () => {
          throw new Error('the simulation has no Azure DevOps');
        },
        repositories: {
          open: (url) => {
            if (url !== repositoryUrl) throw failure('host-not-allowed');
            return opened;
          },
        },
        registry: registry.client(images),
      },
      hosts: new HostShare(placesOfSilentHost, timeline.now),
      argoCd: argoCdApi(argoCd, cluster),
      pipelines: world.pipelines(host),
      log,
    };
  }

  #turn(fail: (name: string) => Error): Turn {
    return (name, act) =>
      new Promise((resolve, reject) => {
        if (this.isDead) return;
        this.#timeline.enqueue(this, () => {
          const chance = this.#random();
          const { failing, killing } = this.faults;
          const isBefore = this.#random() < 0.5;
          const isKilled = chance < killing;
          const isFailing = !isKilled && chance < killing + failing;
          if (isKilled && isBefore) return this.kill();
          if (isFailing && isBefore) return reject(fail(name));
          try {
            const value = act();
            if (isKilled) return this.kill();
            if (isFailing) return reject(fail(name));
            resolve(value);
          } catch (error) {
            reject(error);
          }
        });
      });
  }

  kill(): void {
    this.isDead = true;
    this.#timeline.forget(this);
    this.#die('killed');
  }
}

function failure(code: ConstructorParameters<typeof Failure>[0]): Failure {
  return new Failure(code, 'The simulation lets this call fail.');
}
