import packageJson from '../../package.json' with { type: 'json' };
import { makeFindEnvironment } from '../lib/delivery/apply-update.ts';
import { formatProblem } from '../lib/routes/read/format-problem.ts';
import type { Environment } from '../lib/settings/settings.ts';
import { countConnections } from '../lib/azure-devops/count-connections.ts';
import { countCalls } from '../lib/git/count-calls.ts';
import { readConfiguration } from './configuration.ts';
import { makeDelivery } from './delivery.ts';
import { makeEffects } from './effects.ts';
import { makeClock } from './clock.ts';
import { makeAppGates } from './gates.ts';
import { makeGetHealth } from './health.ts';
import { connect as connectOutside } from './outside.ts';
import type { Connect } from './outside.ts';
import { makeAppRoutes } from './routes.ts';
import type { JudgeRollback } from '../lib/delivery/judge-rollback.ts';
import { makeAppJudge } from './rollback.ts';
import { makeAppSettling } from './settling.ts';
import { makeStores } from './stores.ts';
import { makeAppWorker } from './work.ts';
import { makeStartPromptJob } from '../lib/work/prompt-jobs.ts';
import type { StartPromptJob } from '../lib/work/prompt-jobs.ts';

/**
 * Builds the app from its settings: settings → adapters → use cases. Connections are opened on first use.
 *
 * @throws {Error} on a developer's machine, if the settings or the routes have an error
 */
export function composeApp(environment: Environment, connect: Connect = connectOutside) {
  const configuration = readConfiguration(environment);
  const { settings, problems, hasErrors } = configuration;
  if (hasErrors && settings.isDevelopment) throw new Error(problems.map(formatProblem).join('\n'));
  const { version } = packageJson;
  const userAgent = `tagrelay/${version}`;

  const outside = connect(environment, settings, userAgent);
  const { machine, storage, hosts, argoCd, pipelines, log } = outside;
  const stores = makeStores(storage, machine, log);
  const { connections, repositories } = outside.services;
  const services = {
    ...outside.services,
    connections: countConnections(connections, hosts),
    repositories: countCalls(repositories, hosts),
  };
  const routes = makeAppRoutes({ configuration, services, stores, machine, log });
  const findEnvironment = makeFindEnvironment(routes.current);
  // The worker that runs these jobs is made with settling and gates.
  const start: StartPromptJob = (...job) => startPromptJob(...job);
  // Delivery judges rollbacks by what settling keeps, and settling follows the pull requests of delivery.
  const judgeRollback: JudgeRollback = (resolved, place) => judge(resolved, place);
  const askArgoCd = (application: string): void => {
    if (settling.refresher.knows(application)) settling.refresher.ask(application);
  };
  const delivery = makeDelivery({
    settings,
    services,
    stores,
    hosts,
    routes: routes.current,
    findEnvironment,
    judgeRollback,
    askArgoCd,
    machine,
    log,
  });
  const { followPullRequest } = delivery;
  const settling = makeAppSettling({
    settings,
    services,
    stores,
    findEnvironment,
    settleSoon: start,
    followPullRequest,
    routes: routes.current,
    machine,
    argoCd,
    log,
  });
  const judge = makeAppJudge({ settings, services, stores, settling, machine, findEnvironment });
  const gates = makeAppGates({ settings, stores, findEnvironment, routes: routes.current, pipelines, machine, start });
  const { worker, refreshRoutes } = makeAppWorker({
    settings,
    services,
    stores,
    routes,
    delivery,
    settling,
    gates,
    hosts,
    machine,
    findEnvironment,
    makeEffects: (running) =>
      makeEffects({
        routes: routes.current,
        verification: delivery.verification,
        services,
        stores,
        settling,
        refresher: settling.refresher,
        gates: gates.deps.gates,
        worker: running,
        findEnvironment,
        hosts,
        machine,
      }),
  });
  const startPromptJob = makeStartPromptJob({ store: stores.storeMessage, run: worker.run, log, sleep: machine.sleep });
  const runPeriodic = makeClock({
    machine,
    userAgent,
    settings,
    services,
    stores,
    routes: routes.current,
    refreshRoutes,
    delivery,
    settling,
    worker,
    findEnvironment,
  });
  const getHealth = makeGetHealth({ configuration, routes, stores, version, machine });
  const rollbacks = { repositories: services.repositories, ...delivery.verification };
  const rebuilds = { repositories: services.repositories, findEnvironment };
  const promotions = { ...rollbacks, ...delivery.promotions };
  return {
    machine,
    configuration,
    stores,
    routes,
    rollbacks,
    rebuilds,
    promotions,
    gates,
    worker,
    startPromptJob,
    runPeriodic,
    getHealth,
    log,
  };
}
