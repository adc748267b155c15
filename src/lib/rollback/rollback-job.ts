import { z } from 'zod';
import { updateIdPattern } from '../model/tag-update.ts';

/** The body of a job of the kind `rollback`: the record of a deployment that failed. */
export const rollbackJobSchema = z.object({
  id: z.string().regex(updateIdPattern),
  route: z.string().min(1),
  environment: z.string().min(1),
});

export type RollbackJob = Readonly<z.infer<typeof rollbackJobSchema>>;

/** Names the row of a rollback that waits. */
export function rollbackKey({ id }: RollbackJob): string {
  return `rollback ${id}`;
}
