/** The request of a client for one ref of a push. */
export interface RefCommand {
  readonly name: string;
  readonly oldObjectId: string;
  readonly newObjectId: string;
}

const flushLength = 4;

/** The lines of a pkt-line stream up to its first flush packet ("gitprotocol-common" in Git's manual). */
export function readPacketLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let at = 0;
  while (at + flushLength <= bytes.length) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + flushLength), 16);
    if (Number.isNaN(length) || length < flushLength || at + length > bytes.length) break;
    lines.push(bytes.subarray(at + flushLength, at + length));
    at += length;
  }
  return lines;
}

/** The commands at the head of a `git-receive-pack` request ("gitprotocol-pack"). */
export function readRefCommands(request: Buffer): RefCommand[] {
  return readPacketLines(request).flatMap((line) => {
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]+)/.exec(line.toString('utf8'));
    const [, oldObjectId, newObjectId, name] = match ?? [];
    return oldObjectId === undefined || newObjectId === undefined || name === undefined
      ? []
      : [{ name, oldObjectId, newObjectId }];
  });
}

/** The refs that a `git-receive-pack` answer reports as updated; the report may be inside sideband 1. */
export function readUpdatedRefs(answer: Buffer): ReadonlySet<string> {
  const outer = readPacketLines(answer);
  const sideband = outer.filter((line) => line[0] === 1).map((line) => line.subarray(1));
  const report = sideband.length === 0 ? outer : readPacketLines(Buffer.concat(sideband));
  const names = report.map((line) => /^ok (\S+)/.exec(line.toString('utf8'))?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}
