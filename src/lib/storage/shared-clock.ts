import type { Clock } from '../model/clock.ts';

/** An answer of storage, and when its request was sent. */
export interface TimedAnswer {
  /** Of the header `Date`, to the second; `null` or absent if there is none. */
  readonly date: string | null | undefined;
  readonly status: number;
  /** By the clock of this machine. */
  readonly sentAt: Date;
}

/** The clock of the storage account, which all instances share. Machines differ by minutes if theirs are not synchronized. */
export interface SharedClock {
  /** The time of this machine, corrected by the last answers. Uncorrected before the first one. */
  readonly now: Clock;
  /** The time of this machine. */
  readonly own: Clock;
  readonly note: (answer: TimedAnswer) => void;
}

/** A difference that is reported, in milliseconds. */
const reportedMs = 60_000;

/**
 * Corrects the clock of a machine by the header `Date` of answers. The service writes it between the sending of a request and
 * the receipt of its answer, so the time of this machine is right if it lies in between. Else it is corrected by the least that
 * brings it there: a slow answer corrects less, and never wrongly.
 *
 * @param onCorrected receives the correction in milliseconds, when it has changed by a minute or more
 */
export function makeSharedClock(own: Clock, onCorrected: (offsetMs: number) => void = () => undefined): SharedClock {
  let offset = 0;
  let reported = 0;
  return {
    own,
    now: () => new Date(own().getTime() + offset),
    note({ date, status, sentAt }) {
      const writtenAt = Date.parse(date ?? '');
      // An answer of a proxy can have the time of another machine.
      if (status >= 300 || Number.isNaN(writtenAt)) return;
      const least = writtenAt - own().getTime();
      const most = writtenAt + 1_000 - sentAt.getTime();
      // This machine's clock was set meanwhile.
      if (least > most) return;
      offset = Math.min(Math.max(offset, least), most);
      if (Math.abs(offset - reported) < reportedMs) return;
      reported = offset;
      onCorrected(offset);
    },
  };
}
