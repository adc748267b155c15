import { z } from 'zod';

/** How far a rebuild has come. */
export interface RebuildCursor {
  /** Key of the repository and branch. */
  readonly target: string;
  /** The branch and its tip when its history began to be read; absent where that is still to come. */
  readonly tip?: { readonly branch: string; readonly commit: string };
  /** Commits that are done. */
  readonly done: number;
}

const schema = z.object({
  target: z.string().max(2_000),
  tip: z.object({ branch: z.string().max(1_000), commit: z.string().regex(/^[0-9a-f]{40,64}$/) }).exactOptional(),
  done: z.int().min(0),
}) satisfies z.ZodType<RebuildCursor>;

export function writeRebuildCursor(cursor: RebuildCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** `undefined` where the text is none that `writeRebuildCursor` made. */
export function readRebuildCursor(text: string): RebuildCursor | undefined {
  try {
    return schema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined; // The caller reports the invalid cursor.
  }
}
