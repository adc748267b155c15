import { tryParseJson } from '../model/json.ts';
import type { BlobStore } from '../storage/blob-store.ts';
import { emptyGitState, gitStateSchema } from './git-state.ts';
import type { GitState } from './git-state.ts';

const blobName = 'routes/from-git.json';

export interface StoredGitState {
  readonly state: GitState;
  readonly version: string;
}

/** Stores the documents of Git repositories in one blob. Every method throws `storage-unavailable`. */
export interface GitStateStore {
  /** `unchanged` if the version is still the known one. A damaged blob counts as empty. */
  readonly read: (known?: string) => Promise<StoredGitState | 'unchanged' | undefined>;
  /** @returns the new version; `undefined` if another instance wrote first */
  readonly write: (state: GitState, version: string | undefined) => Promise<string | undefined>;
}

export function makeGitStateStore(blobs: Pick<BlobStore, 'readVersion' | 'replace'>): GitStateStore {
  return {
    async read(known) {
      const found = await blobs.readVersion(blobName, known);
      if (found === undefined || found === 'unchanged') return found;
      const parsed = gitStateSchema.safeParse(tryParseJson(found.text));
      return { state: parsed.success ? parsed.data : emptyGitState, version: found.version };
    },
    write: (state, version) => blobs.replace(blobName, JSON.stringify(state), version),
  };
}
