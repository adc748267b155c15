import { Failure } from '../../model/failure.ts';
import type { RefList } from './advertisement.ts';
import type { GitConnection } from './connection.ts';
import { lineText, parsePktLines, remoteMessage } from './pkt-line.ts';

/** The id that stands for no object: what a branch is at before it is made and after it is deleted. */
export const noObject = '0'.repeat(40);

/**
 * The refs with this beginning, and the branch of HEAD if `HEAD` is asked for. With version 2 of the protocol the host
 * sends only these; with version 1 it sends all it has.
 */
export async function listRefs(connection: GitConnection, prefix: string): Promise<RefList> {
  const known = await connection.refsOrCommands();
  if (known.version === 1) return known.refs;
  const answer = await connection.command('ls-refs', known, ['symrefs', `ref-prefix ${prefix}`]);
  const objects = new Map<string, string>();
  let head: string | undefined;
  for (const line of parsePktLines(answer)) {
    if (typeof line === 'string') continue;
    const text = lineText(line);
    if (text.startsWith('ERR ')) {
      throw new Failure('service-unavailable', `${connection.url} lists no refs: ${remoteMessage(text.slice(4))}`);
    }
    const [id = '', name = '', ...attributes] = text.split(' ');
    if (/^[0-9a-f]{40}$/.test(id)) objects.set(name, id);
    const target = attributes.find((attribute) => attribute.startsWith('symref-target:'));
    if (name === 'HEAD' && target !== undefined) head = target.slice('symref-target:'.length);
  }
  return { objects, head };
}
