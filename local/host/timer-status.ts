import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { NextOccurrence } from './cron.ts';
import { formatDateTimeOffset } from './date-time-offset.ts';

/** The stored state of a timer; .NET's smallest time means never. */
export interface ScheduleStatus {
  readonly last: Date;
  readonly next: Date;
  readonly lastUpdated: Date;
}

export const never = new Date('0001-01-01T00:00:00Z');

/** Far enough for a schedule that has no next occurrence. */
const end = new Date('9999-12-31T23:59:59Z');

export function nextOrEnd(next: NextOccurrence, after: Date): Date {
  return next(after) ?? end;
}

/**
 * With what status a timer starts, and whether it missed an occurrence while no host ran. A changed schedule is not
 * overdue (the timer extension's `ScheduleMonitor.CheckPastDueAsync`).
 */
export function startStatus(
  stored: ScheduleStatus | undefined,
  next: NextOccurrence,
  now: Date,
): { readonly status: ScheduleStatus; readonly isPastDue: boolean } {
  if (stored === undefined) {
    return { status: { last: never, next: nextOrEnd(next, now), lastUpdated: now }, isPastDue: false };
  }
  const basis = stored.last > never ? stored.last : stored.lastUpdated;
  const expected = nextOrEnd(next, basis);
  if (stored.next.getTime() === expected.getTime()) return { status: stored, isPastDue: now > stored.next };
  const changed = now > expected ? now : basis;
  return { status: { last: never, next: nextOrEnd(next, changed), lastUpdated: changed }, isPastDue: false };
}

/** The status as the app gets it. */
export function statusToJson({ last, next, lastUpdated }: ScheduleStatus): object {
  return {
    Last: formatDateTimeOffset(last),
    Next: formatDateTimeOffset(next),
    LastUpdated: formatDateTimeOffset(lastUpdated),
  };
}

const schema = z.object({ last: z.coerce.date(), next: z.coerce.date(), lastUpdated: z.coerce.date() });

/** Keeps one file a timer in a folder; a file that cannot be read counts as none, as the timer extension has it. */
export class TimerStatusFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async load(name: string): Promise<ScheduleStatus | undefined> {
    try {
      return schema.parse(JSON.parse(await readFile(this.#file(name), 'utf8')));
    } catch {
      return undefined;
    }
  }

  async save(name: string, status: ScheduleStatus): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const temporary = `${this.#file(name)}~`;
    await writeFile(temporary, JSON.stringify(status));
    await rename(temporary, this.#file(name));
  }

  #file(name: string): string {
    return join(this.#directory, `${name}.json`);
  }
}
