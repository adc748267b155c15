import type { OpenEnvironment } from './expand-environment.ts';
import { didYouMean } from '../read/suggest.ts';
import type { Environment, TagPolicy } from '../route.ts';

/** The chain of environments that `start` is promoted from, nearest first. Ends at an unknown or repeated name. */
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

/** Reports the problems of a route's promotions. */
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
        `\`${promoteFrom}\` is not an environment of this route${didYouMean(promoteFrom, others)}`,
      );
    } else if (sourcesOf(environment, environments).includes(environment)) {
      report(
        name,
        'promotion-cycle',
        `\`${name}\` is promoted from \`${promoteFrom}\`, and \`${promoteFrom}\` in turn from \`${name}\`; expected an environment that accepts pushes`,
      );
    } else if (source && source.application.length === 0 && !source.wrong.has('application')) {
      report(
        name,
        'promotion-unhealthy',
        `\`${promoteFrom}\` has no \`application\`, so it never becomes healthy; add one`,
      );
    }
  }
}

/** Completes each policy with the inherited order or the default. */
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
    // All its tags come from the source, so the source's expression parses them.
    const source = chain.find(({ takesPushes }) => takesPushes) ?? environment;
    return { ...source.tags, order: orderOf(chain), allowMovingTags };
  }
  return { ...environment.tags, order: orderOf(chain), allowMovingTags };
}

function orderOf(chain: readonly OpenEnvironment[]): TagPolicy['order'] {
  return chain.find(({ tags }) => tags.order !== undefined)?.tags.order ?? 'newest';
}
