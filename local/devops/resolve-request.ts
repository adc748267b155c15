import type { IncomingMessage } from 'node:http';
import type { FaultableRequest } from './faults/fault-plan.ts';
import { peekPush, pushedContent } from './git/pushed-content.ts';
import { pushes } from './git/pushes.ts';
import { resources } from './resources.ts';
import { gitChallenge, signInPage, signInPath, signInReply } from './server/authentication.ts';
import type { Call } from './server/call.ts';
import type { Platform } from './server/platform.ts';
import { Query } from './server/query.ts';
import { html } from './server/reply.ts';
import type { Reply } from './server/reply.ts';
import { bodyReader } from './server/request-body.ts';
import { Router } from './server/router.ts';
import { describeLocations, serveApi } from './server/serve-api.ts';
import { findTarget } from './server/target.ts';
import type { Target } from './server/target.ts';
import { serveGit } from './smart-http/smart-http.ts';
import { distributedTask } from './tasks/task-resource.ts';
import { zeroId } from './store/object-id.ts';

/** A request, and what to do with it. */
export interface ResolvedRequest extends FaultableRequest {
  /** Of the resource. */
  readonly area: string | undefined;
  /** The tokens that are let in, out of those that the organization has given away and those of its jobs. */
  readonly tokens: (given: readonly string[]) => readonly string[];
  /** The answer to somebody without a valid token. */
  readonly signIn: () => Reply;
  readonly answer: () => Promise<Reply>;
  /** The whole body; `undefined` of a Git client, whose body is a stream. Rejects where it is too large. */
  readonly readBody: () => Promise<Buffer | undefined>;
  /** Deletes the branch that the request pushes to; does nothing where it pushes to none. */
  readonly deleteBranch: () => Promise<void>;
}

const router = new Router(resources);

/** Finds out what a request is for. */
export function resolveRequest(platform: Platform, request: IncomingMessage): ResolvedRequest {
  const path = request.url ?? '/';
  const url = new URL(path.startsWith('/') ? `http://127.0.0.1${path}` : 'http://127.0.0.1');
  const target = findTarget(platform, url.pathname);
  const method = request.method ?? 'GET';
  if (target?.kind === 'api') return resolveApi(platform, target, { request, url, path, method });
  const base = {
    method,
    path,
    area: undefined,
    tokens: asGiven,
    readBody: noBody,
    pushedContent: nothing,
    deleteBranch: async () => undefined,
  };
  if (target === undefined) {
    const page = url.pathname === signInPath ? signInPage : notFound;
    return { ...base, resource: undefined, signIn: page, answer: async () => page() };
  }
  const [name = '', ...rest] = target.segments;
  const service = `/${rest.join('/')}`;
  return {
    ...base,
    resource: rest.at(-1),
    signIn: gitChallenge,
    answer: () => serveGit(platform, findGitRepository(platform, target, name), service, url.search.slice(1), request),
  };
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly path: string;
  readonly method: string;
}

function resolveApi(platform: Platform, target: Target, { request, url, path, method }: Incoming): ResolvedRequest {
  const { organization, project, segments } = target;
  const match = router.match(segments);
  const body = bodyReader(request);
  const { headers } = request;
  const isPush = match?.resource === pushes && method === 'POST';
  const call: Call = {
    platform,
    method,
    organization,
    project,
    route: match?.route ?? {},
    query: new Query(url.searchParams),
    headers,
    body,
  };
  return {
    method,
    path,
    resource: match?.resource.name,
    area: match?.resource.area,
    tokens: (given) => {
      // Every client looks where things are first.
      if (method === 'OPTIONS' || match?.resource.area === 'Location') return [...given, ...platform.plans.tokens()];
      return match?.resource.area === distributedTask ? platform.plans.tokensFor(call.route.planId ?? '') : given;
    },
    readBody: body,
    pushedContent: async () => (isPush ? pushedContent(await body()) : []),
    signIn: () => signInReply(method, headers),
    answer: async () =>
      method === 'OPTIONS' ? describeLocations(resources, segments) : serveApi(call, match, url.pathname),
    deleteBranch: async () => {
      const push = isPush ? peekPush(await body()) : undefined;
      const { bare } = platform.findRepository(organization, project, call.route.repositoryId ?? '');
      const tip = push === undefined ? undefined : await bare.readRef(push.ref);
      if (push !== undefined && tip !== undefined) await bare.updateRef({ name: push.ref, from: tip, to: zeroId });
    },
  };
}

/** A Git client's URL may end in `.git`; without a project, the repository bears the project's name. */
function findGitRepository(
  platform: Platform,
  { organization, project }: Target,
  name: string,
): ReturnType<Platform['findRepository']> {
  const plain = name.replace(/\.git$/, '');
  const exists = platform.repositoriesOf(organization, project ?? plain).some((repository) => repository.name === name);
  return platform.findRepository(organization, project ?? plain, exists ? name : plain);
}

function notFound(): Reply {
  return html(404, 'Page not found');
}

async function noBody(): Promise<undefined> {
  return undefined;
}

async function nothing(): Promise<readonly string[]> {
  return [];
}

function asGiven(tokens: readonly string[]): readonly string[] {
  return tokens;
}
