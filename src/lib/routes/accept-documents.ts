import type { LoadedRoutes } from './load.ts';
import type { RouteDocument } from './read/documents.ts';
import type { Problem, RouteTable } from './route.ts';

/** A document that is read again and again. Both versions have the same `setting`. */
export interface DocumentVersions {
  /** Absent if the document was removed. */
  readonly fresh?: RouteDocument;
  /** The last version without errors; absent if there was none. */
  readonly lastGood?: RouteDocument;
}

export interface AcceptedDocument {
  readonly inForce: RouteDocument | undefined;
  /** Errors of the fresh version; empty if it is in force. */
  readonly errors: readonly Problem[];
}

export interface AcceptedDocuments {
  /** In the order of the given documents. */
  readonly documents: readonly AcceptedDocument[];
  readonly table: RouteTable;
  /** Problems of the routes in force. */
  readonly problems: readonly Problem[];
}

/**
 * Chooses the version of each document that is in force. A new version is in force if it has no error together with the
 * versions in force of all others. So no document can displace what another one has.
 *
 * @param fixed the documents of the settings, without errors
 */
export function acceptDocuments(
  fixed: readonly RouteDocument[],
  given: readonly DocumentVersions[],
  load: (documents: readonly RouteDocument[]) => LoadedRoutes,
): AcceptedDocuments {
  const all = load([...fixed, ...present(given.map(({ fresh }) => fresh))]);
  if (all.table) {
    const documents = given.map(({ fresh }) => ({ inForce: fresh, errors: [] }));
    return { documents, table: all.table, problems: all.problems };
  }
  const accepted: Mutable[] = given.map(() => ({ inForce: undefined, errors: [] }));
  let current = load(fixed);
  /** Puts versions in force together; returns the errors if that is not possible. The last one of `versions` has them. */
  const tryVersions = (versions: ReadonlyMap<number, RouteDocument | undefined>): readonly Problem[] => {
    const others = accepted.filter((_, index) => !versions.has(index)).map(({ inForce }) => inForce);
    const loaded = load([...fixed, ...present(others), ...present([...versions.values()])]);
    if (!loaded.table) return errorsOf(loaded);
    current = loaded;
    for (const [index, document] of versions) accepted[index] = { inForce: document, errors: [] };
    return [];
  };
  /** One load for all, which is the usual case; else one for each. One that is accepted can make room for another. */
  const tryAll = (versions: ReadonlyMap<number, RouteDocument | undefined>): void => {
    if (versions.size === 0 || tryVersions(versions).length === 0) return;
    const refused = new Map(versions);
    for (const [index, document] of versions) {
      const errors = tryVersions(new Map([[index, document]]));
      const entry = accepted[index];
      if (entry) entry.errors = errors;
      if (errors.length === 0) refused.delete(index);
    }
    if (refused.size < versions.size) tryAll(refused);
  };
  tryAll(new Map(given.flatMap(({ lastGood }, index) => (lastGood ? [[index, lastGood]] : []))));
  const next = new Map<number, RouteDocument | undefined>();
  for (const [index, { fresh }] of given.entries()) {
    const entry = accepted[index];
    if (!entry || (fresh && fresh.text === entry.inForce?.text)) continue;
    // A load is complete, so a document with its own errors costs no load of all others.
    entry.errors = fresh ? errorsOf(load([fresh])) : [];
    if (entry.errors.length === 0) next.set(index, fresh);
  }
  tryAll(next);
  if (!current.table) throw new Error('the documents of the settings have errors');
  return { documents: accepted, table: current.table, problems: current.problems };
}

interface Mutable {
  inForce: RouteDocument | undefined;
  errors: readonly Problem[];
}

function present(documents: readonly (RouteDocument | undefined)[]): readonly RouteDocument[] {
  return documents.filter((document) => document !== undefined);
}

function errorsOf({ problems }: LoadedRoutes): readonly Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}
