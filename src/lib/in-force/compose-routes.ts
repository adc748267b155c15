import { acceptDocuments } from '../routes/accept-documents.ts';
import type { LoadedRoutes } from '../routes/load.ts';
import type { RouteDocument } from '../routes/read/documents.ts';
import { problemSeverities, type ProblemCode } from '../routes/read/problem-codes.ts';
import type { Problem, RouteTable } from '../routes/route.ts';
import { boundsOfDocument, wordsOf } from '../routes/routes-source.ts';
import type { RoutesSource } from '../routes/routes-source.ts';
import { isSamePlace } from './git-state.ts';
import type { GitDocument, GitState, RoutesRepository } from './git-state.ts';

export interface ComposeDeps {
  readonly load: (documents: readonly RouteDocument[]) => LoadedRoutes;
  /** The setting `AZURE_DEVOPS_COLLECTIONS`. */
  readonly collections: readonly string[];
}

export interface ComposedDocument {
  readonly document: GitDocument;
  /** The commit of the version in force. */
  readonly commit: string | undefined;
  /** Errors of the version at the tip; empty if it is in force. */
  readonly errors: readonly Problem[];
}

export interface ComposedRoutes {
  readonly table: RouteTable;
  readonly documents: readonly ComposedDocument[];
  readonly repositories: readonly RoutesRepository[];
  /** Errors and warnings of all documents, and of the repositories that cannot be read. */
  readonly problems: readonly Problem[];
}

/** The routes of the settings together with the documents of Git repositories, each within the bounds of its source. */
export function composeRoutes(
  fixed: readonly RouteDocument[],
  { documents, repositories }: GitState,
  sources: readonly RoutesSource[],
  { load, collections }: ComposeDeps,
): ComposedRoutes {
  const known = documents.flatMap((document) => {
    for (const source of sources) {
      const words = isSamePlace(source, document) ? wordsOf(source, document.path) : undefined;
      if (words) return [{ document, bounds: boundsOfDocument(source, words, collections) }];
    }
    return [];
  });
  const versions = known.map(({ document: { good, bad, label }, bounds }) => {
    const versionOf = (text: string): RouteDocument => ({ setting: label, text, ...(bounds && { bounds }) });
    const fresh = bad && 'text' in bad ? bad : good;
    return { ...(fresh && { fresh: versionOf(fresh.text) }), ...(good && { lastGood: versionOf(good.text) }) };
  });
  const accepted = acceptDocuments(fixed, versions, load);
  const composed = known.map(({ document }, index): ComposedDocument => {
    const { inForce, errors = [] } = accepted.documents[index] ?? { inForce: undefined };
    const { good, bad, label } = document;
    const unreadable = bad && 'unreadable' in bad ? [problem('file-unreadable', label, bad.unreadable)] : [];
    const isBad = bad && 'text' in bad && inForce?.text === bad.text;
    const commit = inForce && (isBad ? bad : good)?.commit;
    return { document, commit, errors: [...unreadable, ...errors] };
  });
  const isPartial = sources.some((source) => !repositories.some((one) => one.tip && isSamePlace(one, source)));
  return {
    table: isPartial ? { ...accepted.table, isPartial } : accepted.table,
    documents: composed,
    repositories,
    problems: [
      ...repositories.flatMap(({ repository, failure }) =>
        failure === undefined ? [] : [problem('source-unreadable', 'ROUTES_FROM', `${repository}: ${failure}`)],
      ),
      ...sources.flatMap((source) =>
        emptySource(
          source,
          repositories,
          known.map(({ document }) => document),
        ),
      ),
      ...composed.flatMap(({ errors }) => errors),
      ...accepted.problems,
    ],
  };
}

function emptySource(
  source: RoutesSource,
  repositories: GitState['repositories'],
  documents: readonly GitDocument[],
): readonly Problem[] {
  const isRead = repositories.some((one) => isSamePlace(one, source) && one.tip && one.paths.includes(source.path));
  const isFound = documents.some((document) => isSamePlace(document, source) && wordsOf(source, document.path));
  if (!isRead || isFound) return [];
  const message = `no file of ${source.repository} matches ${source.path}; expected the path of at least one document`;
  return [problem('source-empty', 'ROUTES_FROM', message)];
}

function problem(code: ProblemCode, setting: string, message: string): Problem {
  return { severity: problemSeverities[code], code, setting, message };
}
