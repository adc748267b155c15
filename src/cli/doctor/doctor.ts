import { imageName, parseImageReference } from '../../lib/model/image-reference.ts';
import { showErrors } from '../show-problems.ts';
import type { RouteTable } from '../../lib/routes/route.ts';
import { accessNeeds } from '../access/access-needs.ts';
import { checkAccess, type PlaceFindings } from '../access/check-access.ts';
import { AppError, appOptions, makeAppClient, readAppUrl } from '../app/app-client.ts';
import { atMost } from '../../lib/async/at-most.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { loadFromSettings } from '../load-settings.ts';
import { flag, textOption, textOptions } from '../options.ts';
import { makeServices } from '../services.ts';
import { isNamed, usedRoutes, type UsedEnvironment } from '../used-environments.ts';
import { makeCheckArgoCd } from './check-argocd.ts';
import { checkHealth, readDeployments, type SeenDeployment, type SeenDeployments } from './check-app.ts';
import { checkDeployment } from './check-deployment.ts';
import { checkEnvironments, type EnvironmentFindings } from './check-environment.ts';
import { checkHooks } from './check-hooks.ts';
import { checkNotifications } from './check-notifications.ts';
import { checkPromotion } from './check-promotion.ts';
import { checkSources } from './check-sources.ts';
import { formatDiagnosis, type Diagnosis } from './format-diagnosis.ts';

const help = `
Checks everything that routes need, and writes nothing: sign-in, repository, branch, files, paths, registry, service
hooks, the permissions of the app's identity, and with the app's URL and key its health and the last sync results. Each
✗ has a command or change that fixes it. It uses the app's settings and AZURE_DEVOPS_PAT, GIT_CREDENTIALS and
REGISTRY_CREDENTIALS, else the developer's own sign-in (\`az login\`).

Routes come from FILE…, else from the settings, as for \`check\`.

  --settings FILE     take the settings of this local.settings.json instead of the environment's
  --image NAME        a registry/repository that a pattern takes, besides those that were deployed; may be repeated
  --route NAME        only this route, by its name for an image or as written
  --environment NAME  only this environment
  --url URL           the app: https://NAME.azurewebsites.net (else TAGRELAY_URL)
  --key KEY           its master key, or a function key, which sees less (else TAGRELAY_KEY)
  --json              print { app, places, environments } as JSON

Exit code 0: no problem; 1: at least one ✗; 2: usage error.
`;

/** `tagrelay doctor`: what works and what does not, by route and environment. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'diagnose routes and suggest a fix for each problem',
  help,
  positionals: '[FILE…]',
  options: {
    ...appOptions,
    settings: { type: 'string' },
    image: { type: 'string', multiple: true },
    route: { type: 'string' },
    environment: { type: 'string' },
  },
  run: doctor,
};

async function doctor(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const now = new Date();
  const url = textOption(args, 'url') ?? io.env['TAGRELAY_URL'];
  const base = url === undefined || url === '' ? undefined : readAppUrl(url);
  const loaded = await loadFromSettings(args.positionals, textOption(args, 'settings'), io);
  const { table, problems, settings } = loaded;
  if (!table) {
    io.stderr.write(showErrors(problems, io));
    return 1;
  }
  const { app, deployments } = await checkApp(args, io, base);
  const { environments, refused } = usedRoutes(table, [
    ...textOptions(args, 'image'),
    ...imagesSeen(table, deployments?.latest ?? []),
  ]);
  const all = withoutKnown(environments);
  const used = select(all, args);
  const services = makeServices(settings, io);
  const { azureDevOpsCollections: collections, routesFrom: sources = [] } = settings;
  const access = await checkAccess(accessNeeds(used, collections, sources), services);
  const signedOut = new Set(
    access
      .filter(({ findings }) => findings.some(({ what, state }) => what === 'sign-in' && state === 'failed'))
      .map(({ place }) => place),
  );
  const hooks = await checkHooks(used, base, services, { collections, sources });
  const notifications = await checkNotifications(used, settings.argoCdInstances, () => now);
  const looked = await checkEnvironments(used, { services, settings, now });
  const checkArgoCd = makeCheckArgoCd(settings.argoCdInstances, () => now);
  const diagnosis: Diagnosis = {
    ...(app && { app }),
    places: merge([
      ...checkSources(sources, problems),
      ...access,
      ...hooks.filter(({ place }) => !signedOut.has(place)),
      ...notifications,
    ]),
    environments: [
      ...(await atMost(4, [...looked.entries()], async ([index, one]) => {
        const argoCd = used[index] ? await checkArgoCd(used[index]) : [];
        const promoting = { used: all, verifyImage: settings.verifyImage, deployments };
        const promotion = used[index] ? await checkPromotion(used[index], promoting) : [];
        const withArgoCd = { ...one, findings: [...one.findings, ...argoCd, ...promotion] };
        return withDeployment(withArgoCd, used[index], deployments, now);
      })),
      ...refused.map(({ route, name, repository, reason }): EnvironmentFindings => {
        const fix = 'correct the route, or the setting ALLOW';
        return {
          route,
          environment: name,
          image: '',
          isMadeUp: false,
          findings: [{ what: 'repository', state: 'failed', detail: `${repository}: ${reason}`, fix }],
        };
      }),
    ],
  };
  io.stdout.write(flag(args, 'json') ? `${JSON.stringify(diagnosis, null, 2)}\n` : formatDiagnosis(diagnosis, io));
  const findings = [...diagnosis.places, ...diagnosis.environments, ...(app ? [app] : [])].flatMap(
    (place) => place.findings,
  );
  return findings.some(({ state }) => state === 'failed') ? 1 : 0;
}

interface LookedApp {
  readonly app?: PlaceFindings;
  /** Absent where the app was not asked, or did not answer. */
  readonly deployments?: SeenDeployments;
}

async function checkApp(args: CommandArguments, io: CommandIo, base: string | undefined): Promise<LookedApp> {
  if (base === undefined) return {};
  const client = makeAppClient(args, io);
  const findings = await checkHealth(client);
  try {
    const deployments = await readDeployments(client);
    return { app: { place: base, findings }, deployments };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const fix = 'az functionapp keys list shows the keys; docs/operations.md covers an app that does not answer';
    const failed = { what: 'deployments', state: 'failed', detail: error.message, fix } as const;
    return { app: { place: base, findings: [...findings, failed] } };
  }
}

/** Images that were pushed and that routes still take: how a pattern's are known. */
function imagesSeen(table: RouteTable, deployments: readonly SeenDeployment[]): readonly string[] {
  const images = deployments.flatMap(({ image }) => parseImageReference(image) ?? []);
  return [...new Set(images.map(imageName))].filter((name) => table.match(name) !== undefined);
}

/** A pattern is checked with its known images. */
function withoutKnown(used: readonly UsedEnvironment[]): readonly UsedEnvironment[] {
  return used.filter(
    ({ twin, route, environment: { name } }) =>
      twin === undefined ||
      !used.some((one) => one.twin === undefined && one.environment.name === name && isNamed(one.route, route)),
  );
}

function select(used: readonly UsedEnvironment[], args: CommandArguments): readonly UsedEnvironment[] {
  const route = textOption(args, 'route');
  const name = textOption(args, 'environment');
  const found = used.filter(
    (one) =>
      (route === undefined || isNamed(one.route, route)) && (name === undefined || one.environment.name === name),
  );
  if (found.length === 0 && used.length > 0) {
    const routes = [...new Set(used.map((one) => one.route))].slice(0, 8).join(', ');
    throw new UsageError(`no environment is of --route and --environment; there are the routes ${routes}`);
  }
  return found;
}

async function withDeployment(
  looked: EnvironmentFindings,
  one: UsedEnvironment | undefined,
  deployments: SeenDeployments | undefined,
  now: Date,
): Promise<EnvironmentFindings> {
  if (!one || one.twin !== undefined) return looked;
  const finding = deployments
    ? checkDeployment(one, await deployments.lastOf(one.route, one.environment.name), now)
    : ({ what: 'sync result', state: 'unknown', detail: 'the app was not asked: --url and --key' } as const);
  return { ...looked, findings: [...looked.findings, finding] };
}

/** Places in the order of their first finding, each once. */
function merge(places: readonly PlaceFindings[]): readonly PlaceFindings[] {
  const byPlace = new Map<string, PlaceFindings>();
  for (const { place, findings } of places) {
    byPlace.set(place, { place, findings: [...(byPlace.get(place)?.findings ?? []), ...findings] });
  }
  return [...byPlace.values()];
}
