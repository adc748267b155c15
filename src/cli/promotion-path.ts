import type { Environment } from '../lib/routes/route.ts';

/**
 * The paths that promotions take through the environments of a route, one for each environment that nothing is promoted
 * from: `dev (commit) → staging (commit, soak 30m) → prod (pull-request, 1 window)`. Empty without promotion.
 */
export function promotionPaths(environments: readonly Environment[]): readonly string[] {
  const sources = new Set(environments.flatMap(({ promoteFrom }) => promoteFrom));
  return environments
    .filter(({ name, promoteFrom }) => promoteFrom.length > 0 && !sources.has(name))
    .map((environment) => pathTo(environment, environments));
}

function pathTo(environment: Environment, environments: readonly Environment[]): string {
  const before = environment.promoteFrom.flatMap((name) => {
    const source = environments.find((one) => one.name === name);
    return source ? [pathTo(source, environments)] : [];
  });
  if (before.length === 0) return described(environment);
  const joined = before.length === 1 ? before.join('') : `[${before.join(' + ')}]`;
  return `${joined} → ${described(environment)}`;
}

function described({ name, delivery, soakSeconds, windows, promoteFrom, takesPushes }: Environment): string {
  const facts = [
    delivery,
    ...(promoteFrom.length > 0 && takesPushes ? ['own tags'] : []),
    ...(soakSeconds > 0 ? [`soak ${duration(soakSeconds)}`] : []),
    ...(windows.length > 0 ? [`${windows.length} window${windows.length === 1 ? '' : 's'}`] : []),
  ];
  return `${name} (${facts.join(', ')})`;
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** The longest unit that divides it, as routes write it. */
function duration(seconds: number): string {
  const unit = units.find(([, length]) => seconds % length === 0);
  return unit ? `${seconds / unit[1]}${unit[0]}` : `${seconds}s`;
}
