import type { GitOpsRepository, Tip } from '../../git/repository.ts';

/** Where the history of environments is read. */
export interface RestorePlace {
  readonly tip: Tip;
  readonly repository: GitOpsRepository;
}
