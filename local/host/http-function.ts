import type { RegisteredFunction } from './app-registry.ts';
import type { AuthLevel, FunctionInfo } from './host-event.ts';
import { HostError } from './host-error.ts';
import { compileRoute, type RouteMatch } from './route-template.ts';
import type { TriggerBinding } from './trigger-binding.ts';

export interface HttpFunction {
  readonly target: RegisteredFunction;
  readonly binding: string;
  readonly info: FunctionInfo & {
    readonly route: string;
    readonly methods: readonly string[];
    readonly authLevel: AuthLevel;
  };
  readonly match: RouteMatch;
}

const authLevels: readonly AuthLevel[] = ['anonymous', 'function', 'admin'];

/** Reads the HTTP trigger of a function; without `route` the function's name is it. */
export function httpFunction(
  target: RegisteredFunction,
  { name: binding, options }: TriggerBinding,
  prefix: string,
): HttpFunction {
  const { name } = target.metadata;
  const own = (typeof options['route'] === 'string' ? options['route'].trim() : '') || name;
  const route = own.replaceAll(/^\/+|\/+$/gu, '');
  if (/^(?:admin|runtime)/iu.test(route)) {
    throw new HostError(
      'route-reserved',
      `The route "${route}" of "${name}" is refused: routes that begin with "admin" or "runtime" belong to the Functions host.`,
    );
  }
  const level = typeof options['authLevel'] === 'string' ? options['authLevel'].toLowerCase() : 'function';
  const authLevel = authLevels.find((known) => known === level);
  if (authLevel === undefined) {
    throw new HostError(
      'binding-unsupported',
      `"${name}" has authLevel "${level}"; there are ${authLevels.join(', ')}.`,
    );
  }
  const methods = Array.isArray(options['methods'])
    ? options['methods'].map((method) => String(method).toUpperCase())
    : [];
  const path = prefix === '' ? route : `${prefix}/${route}`;
  return {
    target,
    binding,
    info: { name, trigger: 'http', route: path, methods, authLevel },
    match: compileRoute(path),
  };
}

/** Refuses two functions that share a route, ignoring case, and a method; no methods are all methods. */
export function checkRoutes(functions: readonly HttpFunction[]): void {
  for (const [index, one] of functions.entries()) {
    for (const other of functions.slice(index + 1)) {
      if (one.info.route.toLowerCase() !== other.info.route.toLowerCase()) continue;
      const shared = one.info.methods.filter((method) => other.info.methods.includes(method));
      if (shared.length === 0 && one.info.methods.length > 0 && other.info.methods.length > 0) continue;
      throw new HostError(
        'route-duplicate',
        `"${one.info.name}" and "${other.info.name}" have the same route "${one.info.route}"` +
          `${shared.length === 0 ? '' : ` for ${shared.join(', ')}`}. Give one of them another route or other methods.`,
      );
    }
  }
}
