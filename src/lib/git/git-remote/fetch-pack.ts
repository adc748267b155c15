import { Failure } from '../../model/failure.ts';
import type { Advertisement } from './advertisement.ts';
import type { GitConnection } from './connection.ts';
import { flushPkt, parsePktLines, pktLines, readBands, remoteMessage } from './pkt-line.ts';

export interface PackRequest {
  /** Ids of commits or blobs. */
  readonly wants: readonly string[];
  /** How many commits deep; absent for blobs. */
  readonly depth?: number;
  /** Commits whose trees we hold whole, whether or not we hold their parents. */
  readonly haves?: readonly string[];
  /** Which blobs to leave out; only where `canFilter`. */
  readonly filter?: 'blob:none' | `blob:limit=${number}k`;
  /** Limits in bytes, where they are smaller than usual: of the pack, and of one inflated object. */
  readonly maxBytes?: number;
  readonly maxObjectBytes?: number;
}

/** Whether the host can leave blobs out, and gives them by their ids afterwards. */
export function canFilter({ version, capabilities }: Advertisement): boolean {
  if (version === 2) return words(capabilities.get('fetch')).includes('filter');
  const anyId = capabilities.has('allow-any-sha1-in-want') || capabilities.has('allow-reachable-sha1-in-want');
  return anyId && capabilities.has('filter');
}

/**
 * Fetches objects in one request, without negotiation: the request lists the objects that we have. The pack is complete.
 *
 * @throws {Failure} `branch-moved` where the host no longer has (or does not give) what is wanted
 */
export async function fetchPack(connection: GitConnection, request: PackRequest): Promise<Buffer> {
  const advertisement = await connection.capabilities('git-upload-pack');
  const answer =
    advertisement.version === 2
      ? await connection.command('fetch', advertisement, version2(advertisement, request), request.maxBytes)
      : await connection.call('git-upload-pack', 1, version1(connection, advertisement, request), request.maxBytes);
  const { data, fatal, texts } = readBands(parsePktLines(answer));
  const error = fatal ?? texts.find((text) => text.startsWith('ERR '))?.slice('ERR '.length);
  if (error !== undefined) throw refused(connection, error);
  if (data.length > 0) return data;
  throw new Failure('answer-not-understood', `${connection.url} answered a fetch without a pack.`);
}

function version2({ capabilities }: Advertisement, request: PackRequest): string[] {
  const isShallow = request.depth !== undefined && words(capabilities.get('fetch')).includes('shallow');
  return [
    'ofs-delta',
    'no-progress',
    ...limits(request, isShallow),
    ...request.wants.map((id) => `want ${id}`),
    ...haves(request),
    'done',
  ];
}

/** "gitprotocol-pack" in Git's manual: the wants with our capabilities, the limits, a flush, what we hold. */
function version1(connection: GitConnection, { capabilities }: Advertisement, request: PackRequest): Buffer {
  if (!capabilities.has('side-band-64k')) {
    throw new Failure('git-host-not-supported', `${connection.url} does not know side-band-64k, which fetches need.`);
  }
  const ours = ['side-band-64k', 'ofs-delta', 'no-progress', 'shallow', 'filter'].filter((name) =>
    capabilities.has(name),
  );
  if (capabilities.has('agent')) ours.push(`agent=${connection.agent}`);
  const isShallow = request.depth !== undefined && capabilities.has('shallow');
  return Buffer.concat([
    ...pktLines(request.wants.map((id, index) => (index === 0 ? `want ${id} ${ours.join(' ')}` : `want ${id}`))),
    ...pktLines(limits(request, isShallow)),
    flushPkt,
    ...pktLines([...haves(request), 'done']),
  ]);
}

/** We never claim the parents of what we hold: they may or may not be here. */
function limits({ depth, haves: held = [], filter }: PackRequest, isShallow: boolean): string[] {
  return [
    ...(isShallow ? held.map((id) => `shallow ${id}`) : []),
    ...(isShallow ? [`deepen ${depth}`] : []),
    ...(filter === undefined ? [] : [`filter ${filter}`]),
  ];
}

function haves({ haves: held = [] }: PackRequest): string[] {
  return held.map((id) => `have ${id}`);
}

/** The protocol has no codes: a commit that the host does not give is known by Git's own words only. */
function refused(connection: GitConnection, said: string): Failure {
  const isGone = /not our ref|unadvertised object|not valid|no such/i.test(said);
  return new Failure(
    isGone ? 'branch-moved' : 'service-unavailable',
    `${connection.url} gives no objects: ${remoteMessage(said)}`,
    { place: { repository: connection.url } },
  );
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(' ');
}
