import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { formatProblem } from '../lib/routes/read/format-problem.ts';
import type { GetHealth, HealthReport } from '../app/health.ts';

/** `GET /api/health`: anonymous and brief. */
export function makeHealth(getHealth: GetHealth): HttpHandler {
  return async () => {
    const { problems, invalidRows, rollbacks: _rollbacks, starved: _starved, ...report } = await getHealth();
    const { state, hash } = report.routes;
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    return answer(report.status, {
      ...report,
      routes: { state, hash },
      errors,
      warnings: problems.length - errors,
      invalidRows: invalidRows.count,
    });
  };
}

/** Counts the messages of each queue; `undefined` if storage does not answer. */
export type CountMessages = () => Promise<Readonly<Record<string, number>> | undefined>;

/** `GET /api/health/details`, level admin: all problems of the settings, and the queues. */
export function makeHealthDetails(getHealth: GetHealth, countMessages: CountMessages): HttpHandler {
  return async () => {
    const [{ problems, ...report }, queues] = await Promise.all([getHealth(), countMessages()]);
    return answer(report.status, {
      ...report,
      problems,
      text: problems.map(formatProblem),
      ...(queues && { queues }),
    });
  };
}

function answer(status: HealthReport['status'], jsonBody: object): HttpResponseInit {
  return { status: status === 'failing' ? 503 : 200, headers: { 'cache-control': 'no-store' }, jsonBody };
}
