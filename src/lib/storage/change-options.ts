import type { Columns } from './stored-value.ts';
import type { RowWrite } from './write-together.ts';

/** How a row is changed. */
export interface ChangeOptions<T> {
  /** Awaited before each attempt to write. */
  readonly before?: (next: T | 'cleared', current: T | undefined) => Promise<void>;
  /** Rows of the same partition that are written in one transaction with the row. `stored` is the value that it replaces. */
  readonly beside?: (next: T | 'cleared', stored: T | undefined) => readonly RowWrite[];
  /** Columns of the row. With them, columns of earlier writes stay. */
  readonly columns?: (next: T) => Columns;
  /** Whether a damaged row is replaced, as one that is not there; else it throws `row-invalid`. */
  readonly replacesDamaged?: boolean;
  /** Whether the row of a newer version is replaced too; else it throws `row-newer`. */
  readonly replacesNewer?: boolean;
  /** Whether there is probably no row, so that the first try inserts it without a read. */
  readonly isNew?: boolean;
  /** The value of a row that is not there, as a former version stored it. */
  readonly former?: () => Promise<T | undefined>;
}
