import type { HttpHandler, HttpMethod, HttpMethodFunctionOptions } from '@azure/functions';
import { forRole } from './signed-in.ts';

interface Registrar {
  readonly http: (name: string, options: HttpMethodFunctionOptions & { readonly methods: HttpMethod[] }) => void;
}

export type OpenEndpoint = (
  name: string,
  endpoint: {
    readonly method?: 'GET' | 'POST' | 'DELETE';
    readonly route: string;
    readonly level: 'function' | 'admin';
    readonly handler: HttpHandler;
  },
) => void;

/**
 * Registers an endpoint for holders of a key, and where people can sign in, a second time below `signed-in/`. The host checks
 * keys, but only of functions whose level requires one, so one function cannot accept a key or a role.
 *
 * @param hasSignIn App Service Authentication is on
 */
export function makeOpenEndpoint(app: Registrar, hasSignIn: boolean): OpenEndpoint {
  return (name, { method = 'GET', route, level, handler }) => {
    app.http(name, { methods: [method], route, authLevel: level, handler });
    if (!hasSignIn) return;
    app.http(`${name}-signed-in`, {
      methods: [method],
      route: `signed-in/${route}`,
      authLevel: 'anonymous',
      handler: forRole(method === 'GET' ? 'reader' : 'admin', handler),
    });
  };
}
