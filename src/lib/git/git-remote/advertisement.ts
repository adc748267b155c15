import { Failure } from '../../model/failure.ts';
import { lineText, parsePktLines, remoteMessage } from './pkt-line.ts';

/** The capabilities of a service of a Git host ("gitprotocol-http", "gitprotocol-v2" in Git's manual). */
export interface Advertisement {
  /** Version 0 differs from 1 by one line only. */
  readonly version: 1 | 2;
  /** Capabilities with their values; an empty text where there is none. */
  readonly capabilities: ReadonlyMap<string, string>;
  /** Version 1 only: every ref of the repository. */
  readonly refs: RefList;
}

export interface RefList {
  /** Object ids by full name. */
  readonly objects: ReadonlyMap<string, string>;
  /** The branch that HEAD names, in full: the default branch; absent where the host does not say. */
  readonly head: string | undefined;
}

/** @throws {Failure} `git-host-not-supported` where the repository's object ids are not SHA-1 */
export function parseAdvertisement(bytes: Buffer): Advertisement {
  const lines = parsePktLines(bytes).filter((line) => typeof line !== 'string');
  const [first, ...rest] = lines.filter((line) => !lineText(line).startsWith('# service='));
  const text = first === undefined ? '' : lineText(first);
  if (text.startsWith('ERR ')) {
    throw new Failure('answer-not-understood', `The Git host answered: ${remoteMessage(text.slice('ERR '.length))}`);
  }
  const advertisement = text === 'version 2' ? version2(rest.map(lineText)) : version1(first ? lines : []);
  const format = advertisement.capabilities.get('object-format') ?? 'sha1';
  if (format === 'sha1') return advertisement;
  throw new Failure(
    'git-host-not-supported',
    `The repository's object ids are ${remoteMessage(format)}; expected sha1, which is all that this version reads.`,
  );
}

function version2(lines: readonly string[]): Advertisement {
  return { version: 2, capabilities: capabilityMap(lines), refs: { objects: new Map(), head: undefined } };
}

/** `<id> <name>\0<capabilities>`, then `<id> <name>` for each further ref. */
function version1(lines: readonly Buffer[]): Advertisement {
  const objects = new Map<string, string>();
  const words: string[] = [];
  for (const line of lines) {
    const [ref = '', capabilities = ''] = lineText(line).split('\0', 2);
    words.push(...capabilities.split(' ').filter((word) => word !== ''));
    const [, id, name] = /^([0-9a-f]{40}) (\S+)$/.exec(ref) ?? [];
    // An empty repository has a line for its capabilities only.
    if (id !== undefined && name !== undefined && name !== 'capabilities^{}') objects.set(name, id);
  }
  const head = words.find((word) => word.startsWith('symref=HEAD:'))?.slice('symref=HEAD:'.length);
  return { version: 1, capabilities: capabilityMap(words), refs: { objects, head } };
}

function capabilityMap(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const at = word.indexOf('=');
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
