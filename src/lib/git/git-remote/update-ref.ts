import { Failure } from '../../model/failure.ts';
import type { FailureCode } from '../../model/failure.ts';
import type { GitConnection } from './connection.ts';
import { flushPkt, lineText, parsePktLines, pktLine, readBands, remoteMessage } from './pkt-line.ts';
import { listRefs, noObject } from './refs.ts';

export interface RefUpdate {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** The tip that the branch must have; `noObject` makes it. */
  readonly from: string;
  /** `noObject` deletes the branch. */
  readonly to: string;
  /** The objects of `to` that the host lacks. */
  readonly pack?: Uint8Array;
}

/**
 * Moves a branch by compare-and-swap: the host itself checks, when it takes the ref, that the tip is `from`. It reads no
 * refs before, and never recreates a deleted branch.
 *
 * @throws {Failure} `branch-moved`, `branch-not-found`, `push-rejected-by-policy` …; `answer-lost`: it may have happened
 */
export async function updateRef(connection: GitConnection, update: RefUpdate): Promise<void> {
  const { capabilities } = await connection.capabilities('git-receive-pack');
  const ours = ['report-status', 'side-band-64k'].filter((name) => capabilities.has(name));
  if (capabilities.has('agent')) ours.push(`agent=${connection.agent}`);
  const command = `${update.from} ${update.to} refs/heads/${update.branch}\0 ${ours.join(' ')}`;
  const body = Buffer.concat([pktLine(command), flushPkt, ...(update.pack ? [update.pack] : [])]);
  const answer = await connection.call('git-receive-pack', 1, body);
  const report = readReport(connection, answer);
  if (report.refusal !== undefined) await explainRefusal(connection, update, report.refusal, report.messages);
}

/** The host's report of the push ("report-status" in "gitprotocol-pack"); no refusal means success. */
function readReport(connection: GitConnection, answer: Buffer): { refusal: string | undefined; messages: string } {
  let texts: readonly string[];
  let messages = '';
  try {
    const bands = readBands(parsePktLines(answer));
    messages = bands.messages + (bands.fatal ?? '');
    const inside = parsePktLines(bands.data).filter((line) => typeof line !== 'string');
    texts = inside.length > 0 ? inside.map(lineText) : bands.texts;
  } catch (cause) {
    throw lost(connection, messages, cause);
  }
  const refusal = texts.find((text) => text.startsWith('ng ') || /^unpack (?!ok$)/.test(text));
  if (refusal === undefined && !texts.some((text) => text.startsWith('ok '))) throw lost(connection, messages);
  return { refusal: refusal?.replace(/^ng \S+ ?/, ''), messages };
}

function lost(connection: GitConnection, messages: string, cause?: unknown): Failure {
  const said = messages === '' ? '' : ` Its message: ${remoteMessage(messages)}`;
  return new Failure(
    'answer-lost',
    `The answer to the push to ${connection.url} does not say whether it is done.${said}`,
    {
      place: { repository: connection.url },
      cause,
    },
  );
}

/**
 * The protocol gives a reason in words only, so the branch itself shows the result: gone, moved, or still at the tip
 * and then refused because of the commit or the pusher.
 */
async function explainRefusal(
  connection: GitConnection,
  { branch, from, to }: RefUpdate,
  refusal: string,
  messages: string,
): Promise<void> {
  const name = `refs/heads/${branch}`;
  const tip = (await listRefs(connection, name)).objects.get(name) ?? noObject;
  if (tip === to) return; // A try before this one, whose answer was lost, has done it.
  const place = { repository: connection.url };
  const said = remoteMessage(`${refusal} ${messages}`);
  if (tip === noObject && from !== noObject) {
    throw new Failure(
      'branch-not-found',
      `Branch ${branch} of ${connection.url} was deleted while the commit was made.`,
      {
        place,
      },
    );
  }
  if (tip !== from) {
    throw new Failure(
      'branch-moved',
      `Branch ${branch} of ${connection.url} ${from === noObject ? 'exists by now' : `is no longer at ${from}`}.`,
      { place },
    );
  }
  const code = codeOf(refusal, messages);
  throw new Failure(
    code,
    [`${connection.url} refused the push to ${branch}: ${said}.`, advice[code]].filter(Boolean).join(' '),
    {
      place,
    },
  );
}

/** The words of Git's own `receive-pack`, and of the hosts that put others in front of it. */
function codeOf(refusal: string, messages: string): FailureCode {
  if (/VS403654|push protection|secrets? detected/i.test(`${refusal} ${messages}`))
    return 'push-blocked-by-secret-scanning';
  // Another push held the ref, and has not come through (yet).
  if (/\block|failed to update ref|fetch first|non-fast-forward|stale|old value/i.test(refusal)) return 'branch-moved';
  if (/declined|protected|polic|prohibited|not permitted|not allowed|denied|rule violation/i.test(refusal)) {
    return 'push-rejected-by-policy';
  }
  if (/^unpack |internal|error|timeout|temporar|unable/i.test(refusal)) return 'service-unavailable';
  return 'push-refused';
}

const advice: Partial<Record<FailureCode, string>> = {
  'push-rejected-by-policy':
    'Let the credential write to this branch (branch protection, hooks), or use `delivery: pull-request` where the host has them.',
  'push-blocked-by-secret-scanning': 'Secret scanning found a secret in a file of this commit; remove it there.',
};
