import { randomUUID } from 'node:crypto';
import type { PushedManifest } from './store.ts';

/** The webhook body of Azure Container Registry for a pushed manifest (webhook schema reference). */
export interface PushEvent {
  readonly id: string;
  readonly timestamp: string;
  readonly action: 'push';
  readonly target: {
    readonly mediaType: string;
    readonly size: number;
    readonly digest: string;
    readonly length: number;
    readonly repository: string;
    /** Absent of a push by digest, as of the images of an index. */
    readonly tag?: string;
  };
  readonly request: {
    readonly id: string;
    readonly host: string;
    readonly method: 'PUT';
    readonly useragent?: string;
  };
}

export function pushEvent(
  { repository, manifest, tag, userAgent }: PushedManifest,
  loginServer: string,
  now: Date,
): PushEvent {
  const { mediaType, digest, bytes } = manifest;
  const target = { mediaType, size: bytes.length, digest, length: bytes.length, repository };
  const request = { id: randomUUID(), host: loginServer, method: 'PUT' as const };
  return {
    id: randomUUID(),
    timestamp: now.toISOString(),
    action: 'push',
    target: tag === undefined ? target : { ...target, tag },
    request: userAgent === undefined ? request : { ...request, useragent: userAgent },
  };
}
