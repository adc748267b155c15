import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../model/clock.ts';
import type { TableRows } from '../storage/table-rows.ts';

const missedPushSchema = z.object({
  /** `no-route`, `not-taken` by the environment, or `ignored`: no file has the image. */
  kind: z.string(),
  /** `registry/repository`. */
  image: z.string(),
  tag: z.string(),
  route: z.string().exactOptional(),
  environment: z.string().exactOptional(),
  reason: z.string(),
  /** The route's image that is most similar. */
  nearest: z.string().exactOptional(),
  /** When the image was pushed, ISO 8601. */
  at: z.string(),
  /** When this was found, ISO 8601. */
  seenAt: z.string().exactOptional(),
});

/** A push that changed nothing. */
export type MissedPush = Readonly<z.infer<typeof missedPushSchema>>;

export interface MissedPushes {
  readonly note: (push: MissedPush) => Promise<void>;
  /** The newest first. */
  readonly list: (filter: { readonly image?: string }, limit: number) => Promise<readonly MissedPush[]>;
}

export const missedPushPartitions = '|missed-pushes';
const mostRows = 1_000;

/** The last push of each image, route and environment that changed nothing: one row each, which retention removes. */
export function makeMissedPushes(rows: Pick<TableRows, 'put' | 'page'>, now: Clock): MissedPushes {
  return {
    note: (push) => rows.put(missedPushPartitions, rowKeyOf(push), { ...push, seenAt: now().toISOString() }),
    async list({ image }, limit) {
      const prefix = image === undefined ? '' : `${hashOf(image)}-`;
      const found = await rows.page(missedPushPartitions, missedPushSchema, { prefix, limit: mostRows });
      return found
        .map(({ value }) => value)
        .toSorted((a, b) => (a.at < b.at ? 1 : -1))
        .slice(0, limit);
    },
  };
}

function rowKeyOf({ image, route = '', environment = '' }: MissedPush): string {
  return `${hashOf(image)}-${hashOf(JSON.stringify([route, environment]))}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
