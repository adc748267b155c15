import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { LoadedRoutes } from '../routes/load.ts';
import type { RouteDocument } from '../routes/read/documents.ts';
import type { RouteTable } from '../routes/route.ts';

export interface SettingsRoutesDeps {
  /** The documents of the settings and their table; no table if they have errors. */
  readonly documents: readonly RouteDocument[];
  readonly table: RouteTable | undefined;
  /** Loads the table of stored documents. */
  readonly load: (documents: readonly RouteDocument[]) => LoadedRoutes;
  readonly store: { read(name: string): Promise<string | undefined>; write(name: string, text: string): Promise<void> };
  readonly log: Log;
}

export interface SettingsInForce {
  readonly state: 'current' | 'last-good';
  readonly documents: readonly RouteDocument[];
  readonly table: RouteTable;
}

/** The routes of the settings in force; `undefined` if no valid routes were ever stored. Throws `storage-unavailable`. */
export type SettingsRoutes = () => Promise<SettingsInForce | undefined>;

const blobName = 'routes/last-good.json';
const storedSchema = z.object({
  hash: z.string(),
  documents: z.array(z.object({ setting: z.string(), text: z.string() })),
});

/**
 * The routes of the settings, or else the last valid ones, which are stored as a blob. One invalid document does not stop
 * deliveries.
 */
export function makeSettingsRoutes({ documents, table, load, store, log }: SettingsRoutesDeps): SettingsRoutes {
  let saved = false;
  let lastGood: SettingsInForce | undefined;

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

  async function readLastGood(): Promise<SettingsInForce | undefined> {
    const text = await store.read(blobName);
    if (text === undefined) return undefined;
    const stored = storedSchema.safeParse(JSON.parse(text));
    if (!stored.success) return undefined;
    const { table: loaded } = load(stored.data.documents);
    return loaded && { state: 'last-good', documents: stored.data.documents, table: loaded };
  }

  return async () => {
    if (!table) return (lastGood ??= await readLastGood());
    if (!saved) await save(table);
    return { state: 'current', documents, table };
  };
}
