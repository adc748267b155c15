import { Failure } from '../model/failure.ts';
import { inspect } from './inspect.ts';
import type { Inspection, OpenedFile, ResolvedUpdate } from './inspect.ts';

/** What an update would set in files where that need not be possible; `undefined` where it is not. */
export function tryInspect(resolved: ResolvedUpdate, files: ReadonlyMap<string, OpenedFile>): Inspection | undefined {
  try {
    const inspection = inspect(resolved, files);
    return inspection === 'ignored' ? undefined : inspection;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'permanent') return undefined;
    throw error;
  }
}
