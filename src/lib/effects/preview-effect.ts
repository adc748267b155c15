import { pullRequestOfBuild } from '../builds/pull-request-of-build.ts';
import type { PreviewStore } from '../delivery/previews/preview-store.ts';
import { isState } from '../model/deployment-states.ts';
import { isPreviewed } from '../model/is-open.ts';
import type { RecordEffect } from './run-effects.ts';

/** Has the pull request of a preview followed, to its end. */
export function makePreviewEffect({ previews }: { readonly previews: Pick<PreviewStore, 'add'> }): RecordEffect {
  return async (deployment) => {
    const pullRequest = pullRequestOfBuild(deployment.build);
    if (pullRequest && isPreviewed(deployment) && isState(deployment.state, 'committed')) {
      await previews.add(pullRequest, deployment.update);
    }
    return deployment;
  };
}
