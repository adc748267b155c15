export const repositoryUrl = 'https://dev.azure.com/contoso/platform/_git/gitops';
export const registryName = 'contoso.azurecr.io';
export const environments = ['dev', 'staging', 'prod'] as const;
export type EnvironmentName = (typeof environments)[number];

/** What the promises need to know of an environment of a route, besides the routes document. */
export interface Place {
  readonly route: string;
  readonly environment: EnvironmentName;
  readonly file: string;
  /** Other settings of the application, which people write. */
  readonly settings: string;
  /** `[instance/]namespace/name`. */
  readonly application: string;
  readonly writesDigest: boolean;
  readonly promoteFrom: readonly EnvironmentName[];
  /** Takes pushed tags. */
  readonly takes?: 'numbers' | 'versions';
  readonly soakMs: number;
  readonly proposes: boolean;
  readonly goesBack: boolean;
  readonly windows: readonly WindowRule[];
}

/** A window as a person reads it: at these hours of wall time, on these days. */
export interface WindowRule {
  readonly kind: 'allow' | 'deny';
  readonly timeZone: string;
  readonly hour: number;
  readonly minute: number;
  /** Sunday is 0. */
  readonly days: readonly number[];
  readonly durationMinutes: number;
}

const hour = 3_600_000;
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const workDays = [1, 2, 3, 4, 5];

const night: WindowRule = {
  kind: 'deny',
  timeZone: 'Australia/Lord_Howe',
  hour: 2,
  minute: 10,
  days: everyDay,
  durationMinutes: 180,
};
const berlin: WindowRule = {
  kind: 'allow',
  timeZone: 'Europe/Berlin',
  hour: 2,
  minute: 30,
  days: workDays,
  durationMinutes: 14 * 60,
};
const newYork: WindowRule = {
  kind: 'allow',
  timeZone: 'America/New_York',
  hour: 1,
  minute: 45,
  days: everyDay,
  durationMinutes: 600,
};

type Described = Partial<Omit<Place, 'route' | 'environment' | 'file' | 'settings' | 'application' | 'writesDigest'>>;
interface DescribedRoute {
  readonly writesDigest: boolean;
  readonly environments: Readonly<Record<EnvironmentName, Described>>;
}

const described: Readonly<Record<string, DescribedRoute>> = {
  // A chain that goes back after a failure.
  api: {
    writesDigest: true,
    environments: {
      dev: { takes: 'numbers', goesBack: true },
      staging: { promoteFrom: ['dev'], goesBack: true },
      prod: { promoteFrom: ['staging'], soakMs: 2 * hour, goesBack: true, windows: [berlin] },
    },
  },
  // Tags only.
  web: {
    writesDigest: false,
    environments: {
      dev: { takes: 'numbers' },
      staging: { promoteFrom: ['dev'], windows: [night] },
      prod: { promoteFrom: ['staging'], goesBack: true },
    },
  },
  // Proposals that tagrelay completes itself.
  pay: {
    writesDigest: true,
    environments: {
      dev: { takes: 'numbers' },
      staging: { promoteFrom: ['dev'], soakMs: hour, proposes: true },
      prod: { promoteFrom: ['staging'], proposes: true, windows: [newYork] },
    },
  },
  // Deliberate tags.
  docs: {
    writesDigest: true,
    environments: {
      dev: { takes: 'numbers', goesBack: true },
      staging: { promoteFrom: ['dev'] },
      prod: { takes: 'versions', promoteFrom: ['staging'], soakMs: hour },
    },
  },
  // Two sources.
  jobs: {
    writesDigest: true,
    environments: {
      dev: { takes: 'numbers' },
      staging: { takes: 'numbers', goesBack: true },
      prod: { promoteFrom: ['dev', 'staging'], goesBack: true, windows: [newYork] },
    },
  },
};

const none = { promoteFrom: [], soakMs: 0, proposes: false, goesBack: false, windows: [] };

function describePlace(
  route: string,
  environment: EnvironmentName,
  { writesDigest, environments: of }: DescribedRoute,
): Place {
  return {
    ...none,
    ...of[environment],
    route,
    environment,
    writesDigest,
    file: `apps/${route}/${environment}/values.yaml`,
    settings: `apps/${route}/${environment}/settings.yaml`,
    application: `${environment === 'prod' ? 'neu' : 'weu'}/argocd/${route}-${environment}`,
  };
}

export const places: readonly Place[] = Object.entries(described).flatMap(([route, one]) =>
  environments.map((environment) => describePlace(route, environment, one)),
);

export const routeNames = Object.keys(described);

export function placeOf(route: string, environment: string): Place {
  const found = places.find((place) => place.route === route && place.environment === environment);
  if (!found) throw new Error(`the fleet has no ${route} in ${environment}`);
  return found;
}

const tags = {
  numbers: `{ match: '^(\\d+)$', order: numeric }`,
  versions: `{ match: '^v\\d+\\.\\d+\\.\\d+$', order: semver }`,
};

function environmentText(place: Place): string {
  const { takes, promoteFrom, soakMs, proposes, goesBack, windows } = place;
  const fields = [
    ...(takes ? [`tags: ${tags[takes]}`] : []),
    ...(promoteFrom.length > 0 ? [`promoteFrom: [${promoteFrom.join(', ')}]`] : []),
    ...(soakMs > 0 ? [`soak: ${soakMs / 60_000}m`] : []),
    ...(proposes ? ['delivery: pull-request', 'pullRequest: { autoComplete: true, mergeStrategy: squash }'] : []),
    ...(goesBack ? ['onFailure: revert'] : []),
    ...(windows.length > 0 ? [`windows: [${windows.map(windowText).join(', ')}]`] : []),
    `application: ${place.application}`,
  ];
  return `      ${place.environment}: { ${fields.join(', ')} }`;
}

function windowText({ kind, timeZone, hour: h, minute, days, durationMinutes }: WindowRule): string {
  const on = days.length === 7 ? '*' : days.join(',');
  return `{ kind: ${kind}, schedule: '${minute} ${h} * * ${on}', duration: ${durationMinutes}m, timeZone: ${timeZone} }`;
}

export const routesText = `
defaults: { repository: '${repositoryUrl}', branch: main, delivery: commit, failureAfter: 5m }
routes:
${routeNames
  .map((route) => {
    const digest = described[route]?.writesDigest ? ', digest: image.digest' : '';
    return `  ${route}:
    image: ${registryName}/${route}
    update: [{ file: 'apps/${route}/{environment}/values.yaml', helm: { tag: image.tag${digest} } }]
    environments:
${places
  .filter((place) => place.route === route)
  .map(environmentText)
  .join('\n')}`;
  })
  .join('\n')}
`;
