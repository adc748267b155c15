import { Failure } from '../model/failure.ts';
import { isRowFailure } from '../storage/table-errors.ts';

/** The result, or `undefined` where its row cannot be read: one such row must not stop the work on the others. */
export async function skipInvalid<T>(found: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isRowFailure(error)) return undefined;
    throw error;
  }
}

/**
 * The result, or `undefined` where its row is damaged.
 *
 * @throws {Failure} `row-newer`: a worker of a newer version can do the work
 */
export async function skipDamaged<T>(found: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Failure && error.code === 'row-invalid') return undefined;
    throw error;
  }
}
