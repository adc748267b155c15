import { z } from 'zod';
import { updateIdPattern } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';

/** The update of the current digest of a tag, from the plan of the digest before. */
export interface MovedUpdate extends TagUpdate {
  /** The update that it replaces; its record has the build that a service hook named. */
  readonly movedFrom: string;
}

const movedSchema = z.object({ movedFrom: z.string().regex(updateIdPattern) });

/** The id of the update that a message replaces; `undefined` for any other message. */
export function movedFrom(body: unknown): string | undefined {
  return movedSchema.safeParse(body).data?.movedFrom;
}
