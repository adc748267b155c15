import { Failure } from '../../model/failure.ts';
import type { FailurePlace } from '../../model/failure.ts';
import type { Path } from '../../model/value-path.ts';

/** `path-not-found`, with the part of the path that is not there. */
export class PathNotFound extends Failure {
  readonly missing: Path;

  constructor(message: string, place: FailurePlace, missing: Path) {
    super('path-not-found', message, { place });
    this.missing = missing;
  }
}

/** Whether an error means that a path is missing from a captured key on: a pattern route whose file has no such entry. */
export function isMissingFromCapture(error: unknown): boolean {
  const first = error instanceof PathNotFound ? error.missing[0] : undefined;
  return first !== undefined && first.kind !== 'index' && first.captured === true;
}
