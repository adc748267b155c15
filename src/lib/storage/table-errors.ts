import { Failure } from '../model/failure.ts';

/** A row that does not have the shape of its kind. */
export interface InvalidRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** The first field that does not fit. */
  readonly problem: string;
}

export function invalidRow({ partitionKey, rowKey, problem }: InvalidRow): Failure {
  return new Failure(
    'row-invalid',
    `The row ${rowKey} of the partition ${partitionKey} in table storage has an unknown shape (${problem}). It is damaged, or a newer version wrote it. Remove it, or deploy that version.`,
  );
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
