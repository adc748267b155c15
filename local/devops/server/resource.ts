import type { ApiResourceLocation } from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';
import type { Call } from './call.ts';
import type { Reply } from './reply.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Handler = (call: Call) => Promise<Reply>;

/** A resource of the REST interface: where clients find it, and what it answers. */
export interface Resource {
  /** Location id, the same on every organization; clients look it up. */
  readonly id: string;
  readonly area: string;
  readonly name: string;
  /** As the service publishes it. Words at the end may be left out of a URL; `{*word}` takes the rest. */
  readonly routeTemplate: string;
  /** N of `7.2-preview.N`. */
  readonly resourceVersion: number;
  readonly methods: Partial<Record<Method, Handler>>;
}

export const latestVersion = 7.2;
export const releasedVersion = 7.1;

export function locationOf({ id, area, name, routeTemplate, resourceVersion }: Resource): ApiResourceLocation {
  return {
    id,
    area,
    resourceName: name,
    routeTemplate,
    resourceVersion,
    minVersion: '1.0',
    maxVersion: latestVersion.toFixed(1),
    releasedVersion: releasedVersion.toFixed(1),
  };
}
