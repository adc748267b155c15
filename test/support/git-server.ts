import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveOnLoopback } from './loopback-server.ts';
import type { LoopbackServer } from './loopback-server.ts';

/** What happens to a request instead of, or around, its answer. */
export type GitFault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** A web page with a status that looks like success. */
  | { readonly kind: 'sign-in-page' }
  /** The connection breaks before anything is done, or after it is done. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** Half of the answer arrives. */
  | { readonly kind: 'cut' }
  /** Somebody does something just before the request is worked on. */
  | { readonly kind: 'meanwhile'; readonly act: () => Promise<unknown> };

export interface PlannedGitFault {
  /** Searched in method, path and query: `POST /x/git-receive-pack`. */
  readonly match: RegExp;
  readonly times?: number;
  readonly fault: GitFault;
}

export interface GitServerOptions {
  /** The folder of the bare repositories. */
  readonly root: string;
  /** Password that is asked for, with any user; everybody is let in without. */
  readonly password?: string;
  /** Speaks version 2 of the protocol where the client does; otherwise only version 0. */
  readonly versions?: 'all' | 'only-0';
  /** Lets clients leave blobs out (`uploadpack.allowFilter`). */
  readonly allowFilter?: boolean;
  /** More of Git's configuration. */
  readonly configuration?: Readonly<Record<string, string>>;
}

export interface GitServer extends LoopbackServer {
  /** `POST /gitops.git/git-upload-pack`, in their order. */
  readonly requests: string[];
  /** Milliseconds that every answer takes longer. */
  latency: number;
  plan(fault: PlannedGitFault): void;
  clearFaults(): void;
}

interface CgiAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** Any Git host: `git http-backend` behind a real HTTP server that can be slow, closed or broken. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  let faults: (PlannedGitFault & { hits: number })[] = [];
  const requests: string[] = [];
  const state = { latency: 0 };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const body = await buffer(request);
    await sleep(state.latency);
    const planned = faults.find(({ match, times = Infinity, hits }) => hits < times && match.test(line));
    if (planned) planned.hits += 1;
    const fault = planned?.fault;
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, fault.headers).end();
      return;
    }
    if (fault?.kind === 'sign-in-page') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
      return;
    }
    if (fault?.kind === 'drop' && fault.when === 'before') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'meanwhile') await fault.act();
    if (!isSignedIn(request, options.password)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const { status, headers, body: answer } = await httpBackend(options, request, body);
    if (fault?.kind === 'drop') {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, Object.fromEntries([...headers, ['content-length', String(answer.length)]]));
    if (fault?.kind === 'cut') {
      response.write(answer.subarray(0, answer.length / 2), () => request.socket.destroy());
      return;
    }
    response.end(answer);
  }

  const server = await serveOnLoopback(handle);
  return {
    ...server,
    requests,
    get latency() {
      return state.latency;
    },
    set latency(milliseconds) {
      state.latency = milliseconds;
    },
    plan: (fault) => {
      faults.push({ ...fault, hits: 0 });
    },
    clearFaults: () => {
      faults = [];
    },
  };
}

function isSignedIn({ headers }: IncomingMessage, password: string | undefined): boolean {
  if (password === undefined) return true;
  const [, basic = ''] = /^Basic (\S+)$/.exec(headers.authorization ?? '') ?? [];
  return Buffer.from(basic, 'base64').toString('utf8').endsWith(`:${password}`);
}

/** Runs the CGI program (RFC 3875) as a web server does. */
async function httpBackend(options: GitServerOptions, request: IncomingMessage, body: Buffer): Promise<CgiAnswer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const configuration = [
    ['safe.directory', '*'],
    ['http.receivepack', 'true'],
    ['receive.autogc', 'false'],
    ['uploadpack.allowFilter', String(options.allowFilter ?? true)],
    // What version 2 allows anyway.
    ['uploadpack.allowAnySHA1InWant', String(options.allowFilter ?? true)],
    ...Object.entries(options.configuration ?? {}),
  ];
  const { headers, method = 'GET' } = request;
  const child = spawn('git', ['http-backend'], {
    cwd: tmpdir(),
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_COUNT: String(configuration.length),
      ...Object.fromEntries(
        configuration.flatMap(([key, value], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: method,
      CONTENT_LENGTH: String(body.length),
      ...(headers['content-type'] !== undefined && { CONTENT_TYPE: headers['content-type'] }),
      ...(options.versions !== 'only-0' && { GIT_PROTOCOL: String(headers['git-protocol'] ?? '') }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined); // The program may answer before it has read all.
  child.stdin.end(body);
  const answer = await buffer(child.stdout);
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) throw new Error('git http-backend gave no answer');
  const lines = answer.toString('latin1', 0, headEnd).split('\r\n');
  const pairs = lines.map(
    (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const,
  );
  const status = pairs.find(([name]) => name === 'Status')?.[1] ?? '200';
  return {
    status: Number.parseInt(status, 10),
    headers: pairs.filter(([name]) => name !== 'Status'),
    body: answer.subarray(headEnd + 4),
  };
}
