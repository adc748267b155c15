import { checkApiVersion } from './api-version.ts';
import type { Call } from './call.ts';
import { json, list } from './reply.ts';
import type { Reply } from './reply.ts';
import { locationOf } from './resource.ts';
import type { Method, Resource } from './resource.ts';
import type { Match } from './router.ts';
import { ServiceError } from './service-error.ts';

/** `OPTIONS …/_apis/{area}`: where the resources of an area are, or all of them. */
export function describeLocations(resources: readonly Resource[], [area]: readonly string[]): Reply {
  const wanted = area?.toLowerCase();
  return list(
    resources.filter((resource) => wanted === undefined || resource.area.toLowerCase() === wanted).map(locationOf),
  );
}

/** Answers a request to a resource. Throws a `ServiceError` for what the service calls an error. */
export async function serveApi(call: Call, match: Match | undefined, path: string): Promise<Reply> {
  if (match === undefined) {
    const message = `The controller for path '${path}' was not found or does not implement IController.`;
    throw new ServiceError('HttpException', message);
  }
  const handler = match.resource.methods[call.method as Method];
  if (handler === undefined) {
    const message = `The requested resource does not support http method '${call.method}'.`;
    const allow = Object.keys(match.resource.methods).join(', ');
    return json({ count: 1, value: { Message: message } }, 405, { allow });
  }
  checkApiVersion(call, match.resource);
  return handler(call);
}
