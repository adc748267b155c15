import { list } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';
import { invalidArgument } from '../server/service-error.ts';

/** A permission that the one user behind every token lacks; the user has all others. */
export interface DeniedPermission {
  readonly namespaceId: string;
  /** Bit of the permission in its namespace. */
  readonly permission: number;
  /** Only on tokens that begin so; on all without. */
  readonly token?: string;
}

/** The permissions of the caller ("Security - Permissions - Has Permissions" in the REST reference). */
export const permissions: Resource = {
  id: 'dd3b8bd6-c7fc-4cbd-929a-933d9c011c9d',
  area: 'Security',
  name: 'Permissions',
  routeTemplate: '_apis/{resource}/{securityNamespaceId}/{permissions}',
  resourceVersion: 2,
  methods: {
    GET: async ({ platform, query, route }) => {
      const wanted = Number(route.permissions ?? '0');
      if (!Number.isInteger(wanted)) throw invalidArgument('The permissions are not a number.', 'permissions');
      const tokens = (query.text('tokens') ?? '').split(query.text('delimiter') ?? ',');
      const isDenied = (token: string): boolean =>
        platform.denied.some(
          (one) =>
            one.namespaceId === route.securityNamespaceId?.toLowerCase() &&
            (one.permission & wanted) !== 0 &&
            token.toLowerCase().startsWith((one.token ?? '').toLowerCase()),
        );
      return list(tokens.map((token) => !isDenied(token)));
    },
  },
};
