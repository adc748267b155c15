import type { Resource } from './resource.ts';

/** The resource that a path names, and the words of its template. */
export interface Match {
  readonly resource: Resource;
  readonly route: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly resource: Resource;
  /** After `_apis`; literals in lower case, words in braces. */
  readonly segments: readonly string[];
  /** Segments that a URL must have: everything up to the last literal. */
  readonly required: number;
  readonly literals: number;
}

/** Finds resources by the segments of a path after `_apis`; the template with more literals wins. */
export class Router {
  readonly #patterns: readonly Pattern[];

  constructor(resources: readonly Resource[]) {
    this.#patterns = resources.map(patternOf).sort((a, b) => b.literals - a.literals);
  }

  match(segments: readonly string[]): Match | undefined {
    for (const pattern of this.#patterns) {
      const route = matchPattern(pattern, segments);
      if (route !== undefined) return { resource: pattern.resource, route };
    }
    return undefined;
  }
}

function patternOf(resource: Resource): Pattern {
  const filled = resource.routeTemplate.replace('{area}', resource.area).replace('{resource}', resource.name);
  const segments = filled.slice(filled.indexOf('_apis/') + '_apis/'.length).split('/');
  const literals = segments.filter((segment) => !segment.startsWith('{'));
  const lastLiteral = segments.findLastIndex((segment) => !segment.startsWith('{'));
  return { resource, segments, required: lastLiteral + 1, literals: literals.length };
}

function matchPattern({ segments, required }: Pattern, path: readonly string[]): Record<string, string> | undefined {
  const hasRest = segments.at(-1)?.startsWith('{*') === true;
  if (path.length < required || (path.length > segments.length && !hasRest)) return undefined;
  const route: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const found = path[index];
    if (found === undefined) break;
    if (segment.startsWith('{*')) route[segment.slice(2, -1)] = path.slice(index).join('/');
    else if (segment.startsWith('{')) route[segment.slice(1, -1)] = found;
    else if (segment.toLowerCase() !== found.toLowerCase()) return undefined;
  }
  return route;
}
