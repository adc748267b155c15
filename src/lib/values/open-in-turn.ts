import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { decode, openInSteps } from '../edit/edit.ts';
import type { EditableFile } from '../edit/edit.ts';
import { Failure } from '../model/failure.ts';

/** Files that are parsed at once in this process: a second one would double the delay of everything else. */
const inTurn = pLimit(1);

/** The time after which a parse lets other work go first. */
const sliceMilliseconds = 20;

/**
 * Opens a file without keeping the event loop: webhooks are answered between the steps. A file that cannot be opened
 * fails the updates that need it, and no other of their group.
 */
export function openInTurn(path: string, bytes: Uint8Array): Promise<EditableFile | Failure> {
  return inTurn(async () => {
    // The file before this one had its own slice.
    await setImmediate();
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
