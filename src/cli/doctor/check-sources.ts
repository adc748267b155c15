import { formatProblem } from '../../lib/routes/read/format-problem.ts';
import type { Problem } from '../../lib/routes/route.ts';
import type { RoutesSource } from '../../lib/routes/routes-source.ts';
import type { PlaceFindings } from '../access/check-access.ts';
import type { Finding } from '../finding.ts';

/** Whether the routes documents of `ROUTES_FROM` can be read and have no errors. */
export function checkSources(sources: readonly RoutesSource[], problems: readonly Problem[]): readonly PlaceFindings[] {
  if (sources.length === 0) return [];
  const errors = problems.filter(({ severity }) => severity === 'error');
  const findings = errors.map((problem): Finding => {
    const fix =
      problem.code === 'source-unreadable'
        ? 'grant Read on the repository, or correct ROUTES_FROM (docs/teams.md)'
        : 'correct the document; its last valid version stays in force';
    return { what: 'routes', state: 'failed', detail: formatProblem(problem), fix };
  });
  const count = `${sources.length} ${sources.length === 1 ? 'entry' : 'entries'}`;
  const isRead: Finding = { what: 'routes', state: 'ok', detail: `${count} read, no errors` };
  return [{ place: 'ROUTES_FROM', findings: findings.length > 0 ? findings : [isRead] }];
}
