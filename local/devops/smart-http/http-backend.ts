import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { localIdentity } from '../server/identity.ts';
import type { Reply } from '../server/reply.ts';
import { gitEnvironment, GitProgramError } from '../store/git-program.ts';

const headEnd = '\r\n\r\n';

/**
 * Answers a request by `git http-backend` (a CGI program, RFC 3875). Compressed and chunked bodies pass through: the
 * program unpacks the first, and reads the second to their end.
 * @param path what is asked of the repository, `/info/refs`
 */
export async function runHttpBackend(
  directory: string,
  path: string,
  query: string,
  request: IncomingMessage,
): Promise<Reply> {
  const { headers, method = 'GET' } = request;
  const child = spawn('git', ['http-backend'], {
    cwd: tmpdir(),
    env: gitEnvironment({
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: method,
      REMOTE_USER: localIdentity.uniqueName,
      REMOTE_ADDR: '127.0.0.1',
      ...fromHeader('CONTENT_TYPE', headers['content-type']),
      ...fromHeader('CONTENT_LENGTH', headers['content-length']),
      ...fromHeader('HTTP_CONTENT_ENCODING', headers['content-encoding']),
      ...fromHeader('GIT_PROTOCOL', headers['git-protocol']),
    }),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  request.once('error', () => child.kill());
  // The program may stop reading before the client has sent everything; its answer has the reason.
  child.stdin.on('error', () => request.resume());
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  return Promise.race([readAnswer(child.stdout), failed]);
}

/** Splits what the program prints into its head and the rest, which stays in the stream. */
async function readAnswer(stdout: Readable): Promise<Reply> {
  let received = Buffer.alloc(0);
  while (!received.includes(headEnd)) {
    const chunk = stdout.read() as Buffer | null;
    if (chunk !== null) received = Buffer.concat([received, chunk]);
    else if (stdout.readableEnded) throw new GitProgramError('git http-backend ended without an answer');
    else await Promise.race([once(stdout, 'readable'), once(stdout, 'end')]);
  }
  const end = received.indexOf(headEnd);
  stdout.unshift(received.subarray(end + headEnd.length));
  const { status = '200', ...headers } = Object.fromEntries(
    received.toString('latin1', 0, end).split('\r\n').map(readHeader),
  );
  return { status: Number.parseInt(status, 10), headers, stream: stdout };
}

function readHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function fromHeader(name: string, header: string | string[] | undefined): Record<string, string> {
  return header === undefined ? {} : { [name]: String(header) };
}
