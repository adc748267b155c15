import { gitPushSchema } from '../intake/github-push.ts';
import type { Log } from '../model/log.ts';
import type { RoutesSource } from '../routes/routes-source.ts';
import { parseBody } from '../work/parse-body.ts';
import type { JobHandler } from '../work/worker.ts';

export interface RefreshOnGitPushDeps {
  readonly sources: readonly Pick<RoutesSource, 'repository' | 'branch'>[];
  readonly refresh: (log: Log) => Promise<void>;
}

/** Jobs of the kind `git-push`: reads the routes documents after a push to the branch of one of their repositories. */
export function makeRefreshOnGitPush({ sources, refresh }: RefreshOnGitPushDeps): JobHandler {
  return {
    async run(body, { log }) {
      const push = parseBody(body, gitPushSchema, 'a push');
      const isOurs = sources.some(
        ({ repository, branch = push.defaultBranch }) =>
          nameOf(repository) === nameOf(push.repository) && (branch === undefined || branch === push.branch),
      );
      if (isOurs) await refresh(log);
      log('info', isOurs ? 'routes-read' : 'event-ignored', { event: push.eventId, reason: 'push' });
    },
  };
}

/** GitHub ignores the case of names, and the end `.git`. */
function nameOf(url: string): string {
  return url
    .replace(/\/$/, '')
    .replace(/\.git$/i, '')
    .toLowerCase();
}
