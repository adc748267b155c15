import type { HttpHandler } from '@azure/functions';
import { z } from 'zod';
import type { DeploymentIndex } from '../lib/deployments/deployment-index.ts';
import type { FigureStore } from '../lib/figures/figure-store.ts';
import { openMetrics, openMetricsType } from '../lib/figures/open-metrics.ts';
import type { Backlog } from '../lib/figures/open-metrics.ts';
import { readPeriod } from '../lib/figures/period.ts';
import { readBacklog } from '../lib/figures/read-backlog.ts';
import { makeReport } from '../lib/figures/report.ts';
import type { RetryStore } from '../lib/figures/retry-store.ts';
import type { Clock } from '../lib/model/clock.ts';
import { answerOrUnavailable, nameSchema, problem, readQuery } from './http.ts';

export interface MetricsDeps {
  readonly figures: Pick<FigureStore, 'read'>;
  readonly retries: Pick<RetryStore, 'read'>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly countMessages: () => Promise<Backlog['messages'] | undefined>;
  readonly now: Clock;
}

const title = 'Invalid query of figures';
const querySchema = z.strictObject({
  since: z.string().max(20).exactOptional(),
  until: z.string().max(20).exactOptional(),
  route: nameSchema.exactOptional(),
  environment: nameSchema.exactOptional(),
});

/** `GET /api/metrics`: figures of a period, as JSON or as OpenMetrics text. */
export function makeMetrics({ figures, retries, index, countMessages, now }: MetricsDeps): HttpHandler {
  return answerOrUnavailable(async (request) => {
    const query = readQuery(request, querySchema, title);
    if ('response' in query) return query.response;
    const { since, until, ...filter } = query.value;
    const period = readPeriod(since, until, now());
    if (typeof period === 'string') return problem(400, title, `${period}.`);
    const [counted, retried, backlog] = await Promise.all([
      figures.read(period.first, period.last),
      retries.read(period.first, period.last),
      readBacklog(filter, index, countMessages),
    ]);
    const report = makeReport(counted, period, filter);
    const headers = { 'cache-control': 'no-store', vary: 'accept' };
    if (!/\bapplication\/openmetrics-text\b/.test(request.headers.get('accept') ?? '')) {
      return { status: 200, headers, jsonBody: { ...report, retries: retried, backlog } };
    }
    return {
      status: 200,
      headers: { ...headers, 'content-type': openMetricsType },
      body: openMetrics(report, { ...backlog, retries: retried }, now()),
    };
  });
}
