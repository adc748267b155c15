import type { Call } from './call.ts';
import { latestVersion, releasedVersion } from './resource.ts';
import type { Resource } from './resource.ts';
import { ServiceError } from './service-error.ts';

/** The version that a request asks for; `undefined` where it names none. */
export function askedVersion({ query, headers }: Pick<Call, 'query' | 'headers'>): string | undefined {
  return query.text('api-version') ?? /;\s*api-version=([^;,\s]+)/i.exec(headers.accept ?? '')?.[1];
}

/**
 * Checks the version that a request asks for, in its query or in its Accept header ("Azure DevOps REST API
 * versioning"). Only GET may leave it out. Throws `ServiceError` where the resource has no such version.
 */
export function checkApiVersion(
  { method, query, headers }: Pick<Call, 'method' | 'query' | 'headers'>,
  resource: Resource,
): void {
  const asked = askedVersion({ query, headers });
  if (asked === undefined) {
    if (method === 'GET') return;
    throw new ServiceError(
      'VssVersionNotSpecifiedException',
      `No api-version was supplied for the "${method}" request. The version must be supplied either as part of the ` +
        `Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g. "?api-version=1.0").`,
    );
  }
  const [, number, preview, resourceVersion] = /^(\d+\.\d+)(-preview(?:\.(\d+))?)?$/.exec(asked) ?? [];
  if (
    number === undefined ||
    Number(number) > latestVersion ||
    Number(resourceVersion ?? 0) > resource.resourceVersion
  ) {
    throw new ServiceError(
      'VssVersionOutOfRangeException',
      `The requested REST API version of ${asked} is out of range for this server. ` +
        `The latest REST API version this server supports is ${latestVersion}-preview.${resource.resourceVersion}.`,
    );
  }
  if (preview === undefined && Number(number) > releasedVersion) {
    throw new ServiceError(
      'VssInvalidPreviewVersionException',
      `The requested version "${asked}" of the resource is under preview. The -preview flag must be supplied in the ` +
        `api-version for such requests. For example: "${asked}-preview"`,
    );
  }
}
