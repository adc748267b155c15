import type { Platform, PushEvent } from '../server/platform.ts';
import { refresh } from './work.ts';

/** Has the merges of the pull requests tried again whose branches a push has moved. */
export function notePush(platform: Platform, { repository, refUpdates }: PushEvent): void {
  const moved = new Set(refUpdates.map(({ name }) => name));
  for (const pullRequest of repository.pullRequests.all()) {
    if (!moved.has(pullRequest.sourceRefName) && !moved.has(pullRequest.targetRefName)) continue;
    repository.pullRequests.enqueue(async () => {
      await refresh(platform, repository, pullRequest);
    });
  }
}
