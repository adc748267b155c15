import { formatProblem } from '../routes/read/format-problem.ts';
import type { Problem } from '../routes/route.ts';
import type { ComposedDocument } from './compose-routes.ts';
import { isSamePlace } from './git-state.ts';
import type { RoutesRepository } from './git-state.ts';

/** A routes document of a Git repository. */
export interface DocumentReport {
  readonly path: string;
  readonly state: 'current' | 'last-good' | 'none';
  /** The commit of the version in force. */
  readonly commit?: string;
  /** The commit of the version that has errors. */
  readonly badCommit?: string;
  /** The errors of that version: `3:5  error  …`. */
  readonly errors: readonly string[];
}

/** A repository of `ROUTES_FROM`. */
export interface RepositoryReport {
  readonly repository: string;
  readonly branch?: string;
  /** The commit at the tip when the repository was last read. */
  readonly tip?: string;
  /** Why the repository cannot be read now. */
  readonly failure?: string;
  readonly documents: readonly DocumentReport[];
}

export interface RoutesReport {
  /** `last-good`: the settings, or documents of repositories, have errors, and their last valid versions are in force. */
  readonly state: 'current' | 'last-good' | 'none';
  /** SHA-256 of the routes in force. */
  readonly hash?: string;
  /** Absent without `ROUTES_FROM`. */
  readonly repositories?: readonly RepositoryReport[];
  /** Problems of documents in Git repositories. */
  readonly problems: readonly Problem[];
}

export function reportRepository(place: RoutesRepository, documents: readonly ComposedDocument[]): RepositoryReport {
  const { repository, tip, failure } = place;
  const branch = tip?.branch ?? place.branch;
  return {
    repository,
    ...(branch !== undefined && { branch }),
    ...(tip && { tip: tip.commit }),
    ...(failure !== undefined && { failure }),
    documents: documents.filter(({ document }) => isSamePlace(document, place)).map(reportDocument),
  };
}

function reportDocument({ document, commit, errors }: ComposedDocument): DocumentReport {
  const { path, bad, label } = document;
  return {
    path,
    state: errors.length === 0 ? 'current' : commit === undefined ? 'none' : 'last-good',
    ...(commit !== undefined && { commit }),
    ...(bad && errors.length > 0 && { badCommit: bad.commit }),
    errors: errors.map((error) => withoutLabel(formatProblem(error), label)),
  };
}

function withoutLabel(text: string, label: string): string {
  return text.startsWith(label) ? text.slice(label.length).replace(/^(?::| +)/, '') : text;
}
