import { z } from 'zod';
import type { Log } from '../../model/log.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { CheckPullRequests } from '../windows/change-freezes.ts';
import { parseBody } from '../../work/parse-body.ts';
import type { SendWork } from '../../work/send-work.ts';
import type { JobHandler } from '../../work/worker.ts';

/** The body of a job of the kind `pull-request`. */
const followSchema = z.object({ repository: z.string().min(1), number: z.int() });

export type FollowJob = Readonly<z.infer<typeof followSchema>>;

/** Jobs of the kind `pull-request`: checks a pull request of tagrelay now, instead of at the next minute. */
export function makeFollowHandler(follow: (pullRequest: FollowJob, log: Log) => Promise<unknown>): JobHandler {
  return {
    async run(body, { log }) {
      await follow(parseBody(body, followSchema, 'a repository and the number of a pull request'), log);
    },
  };
}

/** Has the open pull requests of some updates checked. */
export function makeCheckPullRequests({
  store,
  send,
}: {
  readonly store: Pick<DeploymentStore, 'sourceBranches'>;
  readonly send: SendWork;
}): CheckPullRequests {
  return async (isConcerned, options) => {
    const open = (await store.sourceBranches()).flatMap(({ repository, pullRequest, updates }) =>
      pullRequest && updates.some(isConcerned) ? [{ repository, number: pullRequest.number } satisfies FollowJob] : [],
    );
    await Promise.all(open.map((body) => send({ kind: 'pull-request', body }, options)));
  };
}
