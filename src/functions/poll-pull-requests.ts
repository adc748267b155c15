import type { TimerHandler } from '@azure/functions';
import { followPullRequests } from '../lib/delivery/propose/follow-pull-requests.ts';
import type { FollowDeps } from '../lib/delivery/propose/follow-pull-requests.ts';
import { logOf } from './log.ts';

/** Every minute: notices pull requests that were merged, closed, pushed to, or that conflict. */
export function makePollPullRequests(deps: FollowDeps): TimerHandler {
  return async (_timer, context) => {
    await followPullRequests(logOf(context), deps);
  };
}
