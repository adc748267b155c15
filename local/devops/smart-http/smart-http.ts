import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { constants, gunzipSync } from 'node:zlib';
import type { HostedRepository, Platform } from '../server/platform.ts';
import { html } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { zeroId } from '../store/object-id.ts';
import { runHttpBackend } from './http-backend.ts';
import { readRefCommands, readUpdatedRefs } from './packet-lines.ts';
import type { RefCommand } from './packet-lines.ts';

/** The requests of Git clients over HTTP ("gitprotocol-http" in Git's manual); any other path is a web page. */
export const gitServices = ['/info/refs', '/git-upload-pack', '/git-receive-pack'] as const;

/** The ref commands at the head of a push are well within this many bytes; the pack that follows is not kept. */
const maxCommandBytes = 1_000_000;

/** Commits of one push that are looked up, at most. */
const maxCommits = 100;

/** Serves a Git client. A push is recorded like every other, with the refs that Git reports as updated. */
export async function serveGit(
  platform: Platform,
  repository: HostedRepository,
  path: string,
  query: string,
  request: IncomingMessage,
): Promise<Reply> {
  if (!gitServices.some((service) => service === path)) return html(404, 'Page not found');
  if (path !== '/git-receive-pack') return runHttpBackend(repository.bare.directory, path, query, request);
  const received: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    if (size < maxCommandBytes) received.push(chunk);
    size += chunk.length;
  });
  const { stream, ...reply } = await runHttpBackend(repository.bare.directory, path, query, request);
  const bytes = stream === undefined ? Buffer.alloc(0) : await buffer(stream);
  const body = Buffer.concat(received);
  const isGzip = request.headers['content-encoding'] === 'gzip';
  const updated = readUpdatedRefs(bytes);
  const refUpdates = readRefCommands(isGzip ? gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH }) : body).filter(
    ({ name }) => updated.has(name),
  );
  if (refUpdates.length > 0) {
    platform.recordPush(repository, { refUpdates, commits: await newCommits(repository, refUpdates) });
  }
  return { ...reply, bytes };
}

/** The commits of the push that no other ref has. */
async function newCommits({ bare }: HostedRepository, refUpdates: readonly RefCommand[]): Promise<string[]> {
  const pushed = new Set(refUpdates.map(({ name }) => name));
  const others = (await bare.listRefs()).filter(({ name }) => !pushed.has(name)).map(({ objectId }) => objectId);
  const known = refUpdates.map(({ oldObjectId }) => oldObjectId).filter((id) => id !== zeroId);
  const tips = refUpdates.map(({ newObjectId }) => newObjectId).filter((id) => id !== zeroId);
  if (tips.length === 0) return [];
  const excluded = [...others, ...known].map((id) => `^${id}`);
  return (await bare.git(['rev-list', `--max-count=${maxCommits}`, ...tips, ...excluded]))
    .split('\n')
    .filter((line) => line !== '');
}
