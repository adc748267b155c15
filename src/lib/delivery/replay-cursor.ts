import { z } from 'zod';

/** How far a replay of all has come. */
export interface ReplayCursor {
  readonly stage: 'messages' | 'abandoned' | 'rejected';
  /** When the replay began, ISO 8601. */
  readonly since: string;
  /** The last index row that is done. */
  readonly after?: string;
}

const schema = z.object({
  stage: z.enum(['messages', 'abandoned', 'rejected']),
  since: z.iso.datetime(),
  after: z.string().max(100).exactOptional(),
}) satisfies z.ZodType<ReplayCursor>;

export function writeCursor(cursor: ReplayCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** `undefined` where the text is none that `writeCursor` made. */
export function readCursor(text: string): ReplayCursor | undefined {
  try {
    return schema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined; // The caller reports the invalid cursor.
  }
}
