import { z } from 'zod';
import type { SourcePullRequest } from '../../builds/pull-request-of-build.ts';
import type { DeploymentKey } from '../../deployments/store.ts';
import { updateIdPattern } from '../../model/tag-update.ts';
import { hashKey } from '../../storage/row-key.ts';
import type { TableRows } from '../../storage/table-rows.ts';

const previewSchema = z.object({
  repository: z.string(),
  number: z.int().positive(),
  /** The last deployments of its images, the oldest first. */
  updates: z
    .array(z.object({ id: z.string().regex(updateIdPattern), route: z.string(), environment: z.string() }))
    .readonly(),
  /** When the Git host was last asked about it, ISO 8601. */
  askedAt: z.string().exactOptional(),
});

/** A pull request whose images are previewed. */
export type PreviewedPullRequest = Readonly<z.infer<typeof previewSchema>>;

/** Pull requests with previews. Every method throws `storage-unavailable`. */
export interface PreviewStore {
  readonly list: () => Promise<readonly PreviewedPullRequest[]>;
  readonly add: (pullRequest: SourcePullRequest, key: DeploymentKey) => Promise<void>;
  readonly recordAsked: (pullRequest: SourcePullRequest, at: string) => Promise<void>;
  /** Removes a pull request, unless it has other deployments by now. */
  readonly removeRead: (preview: PreviewedPullRequest) => Promise<void>;
}

/** The bar keeps this partition apart from those of environments. */
const partition = '|previews';
/** Newer deployments of a pull request supersede the older ones. */
const mostUpdates = 100;

export function makePreviewStore(rows: Pick<TableRows, 'list' | 'change'>): PreviewStore {
  const change = (
    { repository, number }: SourcePullRequest,
    next: (current: PreviewedPullRequest | undefined) => PreviewedPullRequest | 'cleared' | undefined,
  ): Promise<void> =>
    rows.change(partition, hashKey(`${repository.toLowerCase()}#${number}`), previewSchema, next, {
      replacesDamaged: true,
    });
  return {
    list: () => rows.list(partition, previewSchema),
    add: (pullRequest, { id, route, environment }) =>
      change(pullRequest, (current = { ...pullRequest, updates: [] }) => {
        if (current.updates.some((one) => one.id === id)) return undefined;
        return { ...current, updates: [...current.updates, { id, route, environment }].slice(-mostUpdates) };
      }),
    recordAsked: (pullRequest, askedAt) => change(pullRequest, (current) => current && { ...current, askedAt }),
    removeRead: (preview) =>
      change(preview, (current) =>
        current?.updates.at(-1)?.id === preview.updates.at(-1)?.id ? 'cleared' : undefined,
      ),
  };
}
