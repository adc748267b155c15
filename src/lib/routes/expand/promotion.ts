import type { OpenEnvironment } from './expand-environment.ts';
import { didYouMean } from '../read/suggest.ts';
import type { Environment, TagPolicy } from '../route.ts';

/** The environments from which `start` is promoted, nearest first; ends where a name is unknown or comes again. */
export function sourcesOf<T extends { readonly promoteFrom?: string }>(
  start: T,
  byName: ReadonlyMap<string, T>,
): readonly T[] {
  const sources = new Set<T>();
  let source = start.promoteFrom === undefined ? undefined : byName.get(start.promoteFrom);
  while (source && !sources.has(source)) {
    sources.add(source);
    source = source.promoteFrom === undefined ? undefined : byName.get(source.promoteFrom);
  }
  return [...sources];
}

/** What is wrong with the promotions of a route. */
export function checkPromotions(
  environments: ReadonlyMap<string, OpenEnvironment>,
  known: ReadonlySet<string>,
  report: (
    environment: string,
    code: 'promotion-unknown' | 'promotion-cycle' | 'promotion-unhealthy',
    message: string,
  ) => void,
): void {
  for (const environment of environments.values()) {
    const { name, promoteFrom } = environment;
    if (promoteFrom === undefined) continue;
    const source = environments.get(promoteFrom);
    if (!known.has(promoteFrom)) {
      const others = [...known].filter((other) => other !== name);
      report(
        name,
        'promotion-unknown',
        `\`${promoteFrom}\` is no environment of this route${didYouMean(promoteFrom, others)}`,
      );
    } else if (sourcesOf(environment, environments).includes(environment)) {
      report(
        name,
        'promotion-cycle',
        `\`${name}\` is promoted from \`${promoteFrom}\`, which is promoted from \`${name}\` in the end; expected one that takes pushes`,
      );
    } else if (source && source.application.length === 0 && !source.wrong.has('application')) {
      report(
        name,
        'promotion-unhealthy',
        `\`${promoteFrom}\` has no \`application\`, so that nothing in it ever becomes healthy; expected one there`,
      );
    }
  }
}

/** Fills in the order that an environment has from its source, and the default. */
export function resolvePolicies(environments: ReadonlyMap<string, OpenEnvironment>): readonly Environment[] {
  return Array.from(environments.values(), (environment) => {
    const { address: _, wrong: __, ...rest } = environment;
    return { ...rest, tags: policyOf(environment, environments) };
  });
}

function policyOf(environment: OpenEnvironment, byName: ReadonlyMap<string, OpenEnvironment>): TagPolicy {
  const { allowMovingTags } = environment.tags;
  const chain = [environment, ...sourcesOf(environment, byName)];
  if (!environment.takesPushes) {
    // All its tags came through the source, whose expression says how to read them.
    const source = chain.find(({ takesPushes }) => takesPushes) ?? environment;
    return { ...source.tags, order: orderOf(chain), allowMovingTags };
  }
  return { ...environment.tags, order: orderOf(chain), allowMovingTags };
}

function orderOf(chain: readonly OpenEnvironment[]): TagPolicy['order'] {
  return chain.find(({ tags }) => tags.order !== undefined)?.tags.order ?? 'newest';
}
