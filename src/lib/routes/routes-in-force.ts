import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { RouteDocument } from './read/documents.ts';
import type { RouteTable } from './route.ts';

export interface RoutesInForceDeps {
  /** The documents of the settings and their table; no table if they have errors. */
  readonly documents: readonly RouteDocument[];
  readonly table: RouteTable | undefined;
  /** Loads the table of stored documents. */
  readonly load: (documents: readonly RouteDocument[]) => RouteTable | undefined;
  readonly store: { read(name: string): Promise<string | undefined>; write(name: string, text: string): Promise<void> };
  readonly log: Log;
}

export interface RoutesInForce {
  /** @throws {Failure} `routes-invalid` if no valid routes were ever stored; `storage-unavailable` */
  readonly current: () => Promise<RouteTable>;
  /** For the health report. Never throws. */
  readonly state: () => Promise<{ readonly state: 'current' | 'last-good' | 'none'; readonly hash?: string }>;
}

const blobName = 'routes/last-good.json';
const storedSchema = z.object({
  hash: z.string(),
  documents: z.array(z.object({ setting: z.string(), text: z.string() })),
});

/**
 * The routes in force: those of the settings, or else the last valid ones, which are stored as a blob. One invalid document
 * does not stop deliveries.
 */
export function makeRoutesInForce({ documents, table, load, store, log }: RoutesInForceDeps): RoutesInForce {
  let saved = false;
  let lastGood: RouteTable | undefined;

  async function save(good: RouteTable): Promise<void> {
    saved = true;
    try {
      await store.write(blobName, JSON.stringify({ hash: good.hash, documents }));
    } catch (error) {
      saved = false;
      if (!(error instanceof Failure)) throw error;
      log('warn', 'routes-not-saved', { code: error.code, reason: error.message });
    }
  }

  async function readLastGood(): Promise<RouteTable | undefined> {
    const text = await store.read(blobName);
    if (text === undefined) return undefined;
    const stored = storedSchema.safeParse(JSON.parse(text));
    return stored.success ? load(stored.data.documents) : undefined;
  }

  return {
    async current() {
      if (table) {
        if (!saved) await save(table);
        return table;
      }
      lastGood ??= await readLastGood();
      if (lastGood) return lastGood;
      throw new Failure(
        'routes-invalid',
        'The routes have errors, and no valid routes were stored before. Events wait. GET /api/health/details lists the errors.',
      );
    },
    async state() {
      if (table) return { state: 'current', hash: table.hash };
      try {
        lastGood ??= await readLastGood();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
      return lastGood ? { state: 'last-good', hash: lastGood.hash } : { state: 'none' };
    },
  };
}
