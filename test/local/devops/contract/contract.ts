import type { ReceivedBody, ReceivedRequest } from '../../../../local/devops/server/received-request.ts';
import type { AllowedBody, AllowedRequest } from './allowed-request.ts';
import { buildRequests } from './build-requests.ts';
import { gitRequests } from './git-requests.ts';
import { hookRequests } from './hook-requests.ts';
import { taskRequests } from './task-requests.ts';

/** Every request that the app and its command line may send to Azure DevOps, from the protocol reference. */
export const contract: readonly AllowedRequest[] = [...gitRequests, ...buildRequests, ...taskRequests, ...hookRequests];

/** `/contoso`, or as Azure DevOps Server has it with the path before the collection. */
const organization = '/(?:tfs/[^/]+|[^/]+)';
const patterns = contract.map((allowed) => ({ allowed, pattern: patternOf(allowed.path) }));

/** The request of the contract that one is meant to be, by method and path. */
export function findAllowed({ method, path }: ReceivedRequest): AllowedRequest | undefined {
  return patterns.find(({ allowed, pattern }) => allowed.method === method && pattern.test(path))?.allowed;
}

/** What a request has that the contract does not: nothing of one that is in it. */
export function problemsOf(request: ReceivedRequest): readonly string[] {
  const allowed = findAllowed(request);
  if (!allowed) return ['is no request of the contract'];
  return [
    ...versionProblems(allowed, request),
    ...nameProblems('query parameter', allowed.query ?? [], Object.keys(request.query).filter(isNoVersion)),
    ...bodyProblems(allowed.body, request.body),
    ...headerProblems(request),
  ];
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(/[.$]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/]+');
  // The service's own spelling of names differs from place to place, and it does not mind.
  return new RegExp(`^${organization}${escaped}$`, 'i');
}

function versionProblems({ versions }: AllowedRequest, { apiVersion }: ReceivedRequest): string[] {
  if (versions === 'none')
    return apiVersion === undefined ? [] : [`asks for version ${apiVersion} where there is none`];
  if (apiVersion !== undefined && versions.includes(apiVersion)) return [];
  return [`asks for version ${apiVersion ?? 'nothing'} instead of ${versions.join(' or ')}`];
}

function isNoVersion(name: string): boolean {
  return name.toLowerCase() !== 'api-version';
}

function bodyProblems(allowed: AllowedBody | undefined, body: ReceivedBody): string[] {
  if (body.kind === 'unread') return [];
  if (!allowed) return body.kind === 'none' || isNull(body) ? [] : ['brings a body where there is none'];
  if (body.kind === 'none') return [`brings no body instead of ${allowed.contentType}`];
  if (body.contentType !== allowed.contentType) return [`brings ${body.contentType} instead of ${allowed.contentType}`];
  if (allowed.contentType === 'application/octet-stream') return [];
  return body.kind === 'json' ? nameProblems('field', allowed.fields, body.fields) : ['brings a body that is no JSON'];
}

/** The client package sends `null` where there is no body. */
function isNull(body: ReceivedBody): boolean {
  return body.kind === 'json' && body.fields.length === 1 && body.fields[0] === '';
}

function nameProblems(kind: string, allowed: readonly string[], given: readonly string[]): string[] {
  const names = allowed.map((name) => name.replace(/\?$/, ''));
  const isAllowed = (name: string): boolean =>
    names.some((known) => (known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : known === name));
  const missing = allowed.filter((name) => !name.endsWith('?') && !given.includes(name));
  return [
    ...given.filter((name) => !isAllowed(name)).map((name) => `has the ${kind} ${name}, which is not in the contract`),
    ...missing.map((name) => `lacks the ${kind} ${name}`),
  ];
}

/** Without the first, Azure DevOps may answer with a page that looks like success (4.1). */
function headerProblems({ headers }: ReceivedRequest): string[] {
  return [
    ...(headers['x-tfs-fedauthredirect'] === 'Suppress' ? [] : ['does not send X-TFS-FedAuthRedirect: Suppress']),
    ...(['Basic', 'Bearer'].includes(headers['authorization'] ?? '') ? [] : ['does not sign in']),
  ];
}
