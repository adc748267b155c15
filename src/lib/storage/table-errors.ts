import { Failure } from '../model/failure.ts';

/** A row that does not have the shape of its kind. */
export interface InvalidRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** The first field that does not fit. */
  readonly problem: string;
  /** The version of a row that a newer version of the app wrote. */
  readonly newerVersion?: number;
}

/** A deployment of a new version takes about so long, in seconds. */
const newerDelaySeconds = 60;

/** The failure of work that needs the row: retryable if a newer version of the app wrote it, which can do that work. */
export function rowFailure({ partitionKey, rowKey, problem, newerVersion }: InvalidRow): Failure {
  const row = `The row ${rowKey} of the partition ${partitionKey} in table storage`;
  return newerVersion === undefined
    ? new Failure('row-invalid', `${row} is damaged (${problem}). Remove it.`)
    : new Failure('row-newer', `${row} is of a newer version of the app (${problem}). Deploy that version.`, {
        retryAfterSeconds: newerDelaySeconds,
      });
}

/** Whether work failed because of one row that cannot be read. */
export function isRowFailure(error: unknown): error is Failure {
  return error instanceof Failure && (error.code === 'row-invalid' || error.code === 'row-newer');
}

export function unavailable(cause: unknown): Failure {
  if (cause instanceof Failure) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure('storage-unavailable', `Table storage did not do it: ${reason}`, { cause });
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === status;
}

/** 409: somebody inserted the row; 412: somebody changed it; 404: somebody removed it. */
export function wasOvertaken(error: unknown): boolean {
  return [404, 409, 412].some((status) => hasStatus(error, status));
}
