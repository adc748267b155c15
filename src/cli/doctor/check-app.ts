import { z } from 'zod';
import { AppError, type AppClient } from '../app/app-client.ts';
import type { Finding } from '../finding.ts';

const healthSchema = z.object({
  status: z.enum(['ok', 'degraded', 'failing']),
  version: z.string(),
  routes: z.object({ state: z.string(), hash: z.string().optional() }),
  storage: z.string(),
});
const detailsSchema = z.object({
  text: z.array(z.string()),
  queues: z.record(z.string(), z.number()).optional(),
  rollbacks: z.array(z.object({ instance: z.string() })).optional(),
  starved: z.array(z.object({ route: z.string(), environment: z.string() })).optional(),
});
const progressSchema = z.object({ state: z.string(), at: z.string(), reason: z.string().optional() });
const deploymentSchema = z.object({
  id: z.string(),
  route: z.string(),
  environment: z.string(),
  image: z.string(),
  tag: z.string(),
  state: z.string(),
  updatedAt: z.string(),
  code: z.string().optional(),
  reason: z.string().optional(),
  warning: z.string().optional(),
  applications: z.array(z.string()).optional(),
  progress: z.record(z.string(), progressSchema).optional(),
});
const pageSchema = z.object({ deployments: z.array(deploymentSchema), next: z.string().optional() });

/** The fields of a deployment that doctor reads. */
export type SeenDeployment = Readonly<z.infer<typeof deploymentSchema>>;

/** Latest deployments that are read at most; where an environment's is older, it is asked for alone. */
const maxSeen = 1000;
const pageSize = 200;

/** How the app is, by itself. */
export async function checkHealth(app: AppClient): Promise<readonly Finding[]> {
  const health = await orFinding('health', async (): Promise<Finding> => {
    const { value } = await app.call('GET', 'health', healthSchema);
    const { status, version, routes } = value;
    const hash = routes.hash === undefined ? '' : ` ${routes.hash.slice(0, 8)}`;
    const detail = `${status}, version ${version}, routes ${routes.state}${hash}`;
    if (status === 'ok') return { what: 'health', state: 'ok', detail };
    return { what: 'health', state: 'failed', detail, fix: 'correct the settings that are listed below' };
  });
  const details = await orFinding('settings', async (): Promise<Finding[]> => {
    const { value } = await app.call('GET', 'health/details', detailsSchema);
    const { text, queues = {}, rollbacks = [], starved = [] } = value;
    const abandoned = queues['abandoned'] ?? 0;
    const waiting = Object.entries(queues).filter(([name, count]) => count > 0 && name !== 'abandoned');
    const isError = text.some((line) => / {2}error {2}/.test(line));
    return [
      text.length === 0
        ? { what: 'settings', state: 'ok', detail: 'no problems' }
        : {
            what: 'settings',
            state: isError ? 'failed' : 'warning',
            detail: text.join('\n                 '),
            fix: 'npx tagrelay check, then set what it prints (docs/settings-problems.md)',
          },
      abandoned === 0
        ? {
            what: 'queues',
            state: 'ok',
            detail: waiting.map(([name, count]) => `${name} ${count}`).join(', ') || 'empty',
          }
        : {
            what: 'queues',
            state: 'failed',
            detail: `${abandoned} abandoned`,
            fix: 'npx tagrelay status --state abandoned, then npx tagrelay replay --all',
          },
      ...rollbacks.map(({ instance }): Finding => ({
        what: 'rollbacks',
        state: 'warning',
        detail: `10 automatic ones in 10 min on Argo CD ${instance}: no more are made`,
        fix: 'find the common cause; npx tagrelay rollback still works',
      })),
      ...starved.map(({ route, environment }): Finding => ({
        what: 'soak',
        state: 'warning',
        detail: `the last 5 images for ${environment} of ${route} were replaced before their soak ended`,
        fix: 'a shorter soak, or soak after an environment that only promotions reach',
      })),
    ];
  });
  return [health, details].flat();
}

/** The latest deployments, the newest first; those of an environment alone, where they are not among these. */
export interface SeenDeployments {
  readonly latest: readonly SeenDeployment[];
  lastOf(route: string, environment: string): Promise<SeenDeployment | undefined>;
}

/** @throws {AppError} where the app does not answer, or refuses the key */
export async function readDeployments(app: AppClient): Promise<SeenDeployments> {
  const latest: SeenDeployment[] = [];
  let after = '';
  do {
    const { value } = await page({ limit: String(pageSize), ...(after !== '' && { after }) });
    latest.push(...value.deployments);
    after = value.next ?? '';
  } while (after !== '' && latest.length < maxSeen);
  const isAll = after === '';
  return {
    latest,
    async lastOf(route, environment) {
      const known = latest.find((one) => one.route === route && one.environment === environment);
      if (known || isAll) return known;
      return (await page({ route, environment, limit: '1' })).value.deployments[0];
    },
  };

  function page(query: Record<string, string>) {
    return app.call('GET', `deployments?${new URLSearchParams(query).toString()}`, pageSchema);
  }
}

/** Health of an app that fails is answered with 503, as is what its key may not see with 401. */
async function orFinding<T extends Finding | Finding[]>(what: string, ask: () => Promise<T>): Promise<T | Finding> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (what === 'settings' && error.status === 401) {
      return { what, state: 'unknown', detail: 'require the master key (--key)' };
    }
    const fix = 'npx tagrelay check lists problems of settings; see also docs/operations.md';
    return { what, state: 'failed', detail: error.message, fix };
  }
}
