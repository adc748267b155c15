import { setImmediate } from 'node:timers/promises';
import { inTurn } from '../async/in-turn.ts';
import { decode, openInSteps } from '../edit/edit.ts';
import type { EditableFile } from '../edit/edit.ts';
import { Failure } from '../model/failure.ts';

/** The time after which a parse lets other work go first. */
const sliceMilliseconds = 20;

/**
 * Opens a file without keeping the event loop. A file that cannot be opened fails the updates that need it, and no other
 * of their group.
 */
export function openInTurn(path: string, bytes: Uint8Array): Promise<EditableFile | Failure> {
  return inTurn(async () => {
    let sliceStart = performance.now();
    try {
      const steps = openInSteps(path, decode(path, bytes));
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) return value;
        if (performance.now() - sliceStart < sliceMilliseconds) continue;
        await setImmediate();
        sliceStart = performance.now();
      }
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  });
}
