import type { Build, Stage } from '../builds/build.ts';
import type { PullRequest } from '../pull-requests/pull-request.ts';
import type { HostedRepository, Platform, PushEvent } from '../server/platform.ts';
import type { EventType, HookEvent } from './event.ts';
import { buildComplete, runStateChanged, stageStateChanged } from './events/build.ts';
import { gitPush, pullRequestEvent } from './events/git.ts';
import { changesBetween } from './events/pull-request-changes.ts';

/** Turns what happens on the platform into events of its service hooks. */
export interface Publisher {
  readonly pushed: (event: PushEvent) => void;
  readonly ran: (build: Build) => void;
  readonly moved: (build: Build, stage: Stage) => void;
  readonly changed: (repository: HostedRepository, before: PullRequest | undefined, after: PullRequest) => void;
}

/** Events are made in the order of what happened, behind the answers. */
export function makePublisher(platform: () => Platform, log: (line: string) => void): Publisher {
  let last: Promise<void> = Promise.resolve();
  const publish = (eventType: EventType, make: () => HookEvent | Promise<HookEvent>): void => {
    if (!platform().hooks.isHeard(eventType)) return;
    last = last
      .then(async () => platform().hooks.publish(await make()))
      .catch((error: unknown) => log(`An event could not be made: ${String(error)}`));
  };
  const baseOf = ({ organization }: Build): string => platform().organizationUrl(organization);
  return {
    pushed: (event) => publish('git.push', () => gitPush(platform(), event)),
    ran: (build) => {
      publish('ms.vss-pipelines.run-state-changed-event', () => runStateChanged(baseOf(build), build));
      if (build.status === 'completed') publish('build.complete', () => buildComplete(baseOf(build), build));
    },
    moved: (build, stage) =>
      publish('ms.vss-pipelines.stage-state-changed-event', () => stageStateChanged(baseOf(build), build, stage)),
    changed: (repository, before, after) => {
      for (const change of changesBetween(before, after)) {
        publish(change.eventType, () => pullRequestEvent(platform(), repository, after, change));
      }
    },
  };
}
