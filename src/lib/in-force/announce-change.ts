import type { OpenRepository } from '../git/repositories.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { formatProblem } from '../routes/read/format-problem.ts';
import { clearedStatus, commitStatuses } from './commit-statuses.ts';
import type { ComposedDocument } from './compose-routes.ts';
import type { RoutesChange } from './git-routes.ts';
import { isSamePlace } from './git-state.ts';
import type { GitState, RoutesRepository } from './git-state.ts';
import { summarizeChange } from './summarize-change.ts';

/** Logs what changed, and posts the status `tagrelay/routes` on the commits. Returns the state with the posts. */
export async function announceChange(
  change: RoutesChange,
  log: Log,
  open: (url: string) => Pick<OpenRepository, 'statuses'>,
): Promise<GitState> {
  logChange(change, log);
  const repositories = await Promise.all(
    change.state.repositories.map((repository) => announceRepository(repository, change, log, open)),
  );
  return { ...change.state, repositories };
}

async function announceRepository(
  repository: RoutesRepository,
  { previous, before, state, after }: RoutesChange,
  log: Log,
  open: (url: string) => Pick<OpenRepository, 'statuses'>,
): Promise<RoutesRepository> {
  const { tip, posted } = repository;
  if (!tip) return repository;
  const textOf = (of: GitState): string => JSON.stringify(of.documents.filter((one) => isSamePlace(one, repository)));
  const documents = after.documents.filter(({ document }) => isSamePlace(document, repository));
  const labels = new Set(
    [...documents, ...before.documents].flatMap(({ document }) =>
      isSamePlace(document, repository) ? [document.label] : [],
    ),
  );
  const statuses = commitStatuses(documents, summarizeChange(before.table, after.table, labels));
  const commit = posted && textOf(previous) === textOf(state) ? posted.commit : tip.commit;
  const known = posted?.commit === commit ? posted.results : [];
  // The summary of a commit is not posted again.
  const results = statuses.map((one) => (one.state === 'failed' ? one.description : one.state));
  const cleared = known.slice(results.length).map((_, index) => clearedStatus(results.length + index));
  const fresh = [...statuses.filter((_, index) => results[index] !== known[index]), ...cleared];
  if (fresh.length === 0) return repository;
  try {
    const port = open(repository.repository).statuses;
    for (const status of port ? fresh : []) await port?.postToCommit(commit, status);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log('warn', 'routes-status-not-posted', {
      repository: repository.repository,
      code: error.code,
      reason: error.message,
    });
    if (error.kind === 'retryable') return repository;
  }
  return { ...repository, posted: { commit, results } };
}

function logChange({ previous, before, state, after }: RoutesChange, log: Log): void {
  const known = reportedByLabel(before.documents);
  for (const { document, commit, errors } of after.documents) {
    if (known.get(document.label) === JSON.stringify([commit, errors])) continue;
    const fields = { document: document.label, commit };
    if (errors.length === 0) log('info', 'routes-accepted', fields);
    else
      log('warn', 'routes-refused', {
        ...fields,
        bad: document.bad?.commit,
        problems: errors.map(formatProblem).join('; '),
      });
  }
  for (const label of known.keys())
    if (!after.documents.some(({ document }) => document.label === label))
      log('info', 'routes-removed', { document: label });
  for (const repository of state.repositories) {
    const { failure } = previous.repositories.find((one) => isSamePlace(one, repository)) ?? {};
    if (repository.failure !== undefined && repository.failure !== failure)
      log('warn', 'routes-not-read', { repository: repository.repository, reason: repository.failure });
  }
}

function reportedByLabel(documents: readonly ComposedDocument[]): ReadonlyMap<string, string> {
  return new Map(documents.map(({ document, commit, errors }) => [document.label, JSON.stringify([commit, errors])]));
}
