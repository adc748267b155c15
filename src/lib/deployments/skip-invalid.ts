import { Failure } from '../model/failure.ts';

/** The result, or `undefined` where its row has an unknown shape: one such row must not stop the work on the others. */
export async function skipInvalid<T>(found: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Failure && error.code === 'row-invalid') return undefined;
    throw error;
  }
}
