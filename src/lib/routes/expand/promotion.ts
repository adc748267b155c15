import type { OpenEnvironment } from './expand-environment.ts';
import { didYouMean } from '../read/suggest.ts';
import type { Step } from '../read/source-map.ts';
import type { Environment, TagPolicy } from '../route.ts';

/** The environments that `start` is promoted from, nearest first. Unknown and repeated names are left out. */
export function sourcesOf<T extends { readonly promoteFrom: readonly string[] }>(
  start: T,
  byName: ReadonlyMap<string, T>,
): readonly T[] {
  const sources = new Set<T>();
  let nearest: readonly T[] = [start];
  while (nearest.length > 0) {
    const next = nearest.flatMap(({ promoteFrom }) => promoteFrom.flatMap((name) => byName.get(name) ?? []));
    nearest = [...new Set(next)].filter((source) => !sources.has(source));
    for (const source of nearest) sources.add(source);
  }
  return [...sources];
}

type PromotionCode =
  | 'preview-option'
  | 'promotion-unknown'
  | 'promotion-cycle'
  | 'promotion-unhealthy'
  | 'promotion-tags'
  | 'soak-unused';

/** Reports the problems of a route's promotions; `path` begins at the environment's settings. */
export function checkPromotions(
  environments: ReadonlyMap<string, OpenEnvironment>,
  known: ReadonlySet<string>,
  report: (environment: string, code: PromotionCode, path: readonly Step[], message: string) => void,
): void {
  for (const environment of environments.values()) {
    const { name, promoteFrom, soakSeconds, promoteFromIsList } = environment;
    for (const [index, source] of promoteFrom.entries()) {
      const problem = problemOf(environment, source, environments, known);
      if (problem) report(name, problem.code, ['promoteFrom', ...(promoteFromIsList ? [index] : [])], problem.message);
    }
    if (
      environment.onFailure !== 'none' &&
      environment.application.length === 0 &&
      !environment.wrong.has('application')
    ) {
      report(
        name,
        'promotion-unhealthy',
        ['onFailure'],
        '`onFailure` needs an `application`, whose result is known; add one',
      );
    }
    if (promoteFrom.length === 0 && soakSeconds > 0 && !environment.wrong.has('promoteFrom')) {
      report(name, 'soak-unused', ['soak'], '`soak` has no effect without `promoteFrom`; add one or remove `soak`');
    }
    const policies = new Set(promoteFrom.map((source) => JSON.stringify(policyOf(source, environments))));
    if (!environment.takesPushes && policies.size > 1 && promoteFrom.every((source) => known.has(source))) {
      report(
        name,
        'promotion-tags',
        ['promoteFrom'],
        'the environments take different tags, so their order is unknown; expected the same `tags` in them, or `tags` here',
      );
    }
  }
}

function problemOf(
  environment: OpenEnvironment,
  promoteFrom: string,
  environments: ReadonlyMap<string, OpenEnvironment>,
  known: ReadonlySet<string>,
): { readonly code: PromotionCode; readonly message: string } | undefined {
  const { name } = environment;
  const source = environments.get(promoteFrom);
  if (!known.has(promoteFrom)) {
    const others = [...known].filter((other) => other !== name);
    const near = didYouMean(promoteFrom, others) || `; expected one of ${listOf(others)}`;
    return { code: 'promotion-unknown', message: `\`${promoteFrom}\` is not an environment of this route${near}` };
  }
  if (source && (source === environment || sourcesOf(source, environments).includes(environment))) {
    return {
      code: 'promotion-cycle',
      message: `\`${name}\` is promoted from \`${promoteFrom}\`, and \`${promoteFrom}\` in turn from \`${name}\`; expected an environment that accepts pushes`,
    };
  }
  if (source && source.update.length === 0 && !source.wrong.has('update')) {
    return {
      code: 'preview-option',
      message: `\`${promoteFrom}\` has \`update: []\`, so no file shows which image it holds; expected an environment with updates`,
    };
  }
  if (source && source.application.length === 0 && !source.wrong.has('application')) {
    return {
      code: 'promotion-unhealthy',
      message: `\`${promoteFrom}\` has no \`application\`, so it never becomes healthy; add one`,
    };
  }
  return undefined;
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'another environment of the route' : names.map((name) => `\`${name}\``).join(', ');
}

/** Completes each policy with the inherited order or the default. */
export function resolvePolicies(environments: ReadonlyMap<string, OpenEnvironment>): readonly Environment[] {
  return Array.from(environments.values(), (environment) => {
    const { address: _, wrong: __, promoteFromIsList: ___, ...rest } = environment;
    return { ...rest, tags: resolvePolicy(environment, environments) };
  });
}

function policyOf(name: string, byName: ReadonlyMap<string, OpenEnvironment>): TagPolicy | undefined {
  const source = byName.get(name);
  return source && resolvePolicy(source, byName);
}

function resolvePolicy(environment: OpenEnvironment, byName: ReadonlyMap<string, OpenEnvironment>): TagPolicy {
  const { allowMovingTags } = environment.tags;
  const chain = [environment, ...sourcesOf(environment, byName)];
  if (!environment.takesPushes) {
    // All its tags come from the source, so the source's expression parses them.
    const source = chain.find(({ takesPushes }) => takesPushes) ?? environment;
    return { ...source.tags, order: orderOf(chain), allowMovingTags };
  }
  return { ...environment.tags, order: orderOf(chain), allowMovingTags };
}

function orderOf(chain: readonly OpenEnvironment[]): TagPolicy['order'] {
  return chain.find(({ tags }) => tags.order !== undefined)?.tags.order ?? 'newest';
}
