import { z } from 'zod';
import type { DayTally } from './tally.ts';

/** The tally of a day as versions before columns wrote it, by cell. */
export const formerDaySchema = z.record(
  z.string(),
  z.object({ plain: z.record(z.string(), z.number()), lists: z.record(z.string(), z.array(z.number())) }),
);

export function fromFormerDay(cells: z.infer<typeof formerDaySchema>): DayTally {
  return new Map(
    Object.entries(cells).map(([cell, { plain, lists }]) => {
      const counts = new Map(Object.entries(plain));
      for (const [list, numbers] of Object.entries(lists)) {
        const prefix = /\d/.test(list) ? `${list}:` : list;
        for (const number of numbers) counts.set(`${prefix}${number}`, (counts.get(`${prefix}${number}`) ?? 0) + 1);
      }
      return [cell, counts] as const;
    }),
  );
}
