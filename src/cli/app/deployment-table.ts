import type { CommandIo } from '../command.ts';
import { makeStyle } from '../style.ts';
import { wrapText } from '../wrap-text.ts';
import type { DeploymentView } from '../../lib/deployments/deployment-view.ts';
import { colorState } from './color-state.ts';

/** So many digits of an id are shown: `status` finds a deployment by them. */
const idLength = 8;
const commitLength = 8;
const stateColumn = 5;

/** Deployments as a table; a line below each has the reason of its state, or the pull request. */
export function deploymentTable(deployments: readonly DeploymentView[], io: CommandIo): string {
  const rows = deployments.map(({ id, states, route, environment, tag, state, commit }) => [
    id.slice(0, idLength),
    shortTime(states[0]?.at ?? ''),
    route,
    environment,
    tag,
    state,
    commit?.slice(0, commitLength) ?? '',
  ]);
  const head = ['id', 'time (UTC)', 'route', 'environment', 'tag', 'state', 'commit'];
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const format = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const lines = rows.map((row, index) => {
    const cells = format(row);
    cells[stateColumn] = colorState(row[stateColumn] ?? '', cells[stateColumn] ?? '', io);
    const why = whyOf(deployments[index]);
    const below = why === '' ? '' : wrapText(why, { indent: idLength + 2, width: io.columns });
    return `${cells.join('  ').trimEnd()}\n${below}`;
  });
  return `${makeStyle(io)('dim', format(head).join('  ').trimEnd())}\n${lines.join('')}`;
}

/** `11-20 10:00` */
export function shortTime(at: string): string {
  return at.slice(5, 16).replace('T', ' ');
}

/** `attempt 3 failed, next 11-20 10:00 UTC: throttled: …` */
export function formatRetry({ code, reason, attempt, at }: NonNullable<DeploymentView['retry']>): string {
  return `attempt ${attempt} failed, next ${shortTime(at)} UTC: ${code}: ${reason}`;
}

function whyOf(deployment: DeploymentView | undefined): string {
  if (!deployment) return '';
  const { state, code, reason, pullRequest, heldUntil, opensAt, retry } = deployment;
  if (state === 'pull-request') return pullRequest?.url ?? '';
  if (retry) return formatRetry(retry);
  if (heldUntil !== undefined) {
    // The reason of a closed window has the opening.
    if (reason?.startsWith('held') === true) return reason;
    const opens = opensAt === undefined ? '' : `, opens ${opensAt.slice(0, 16).replace('T', ' ')}`;
    return `held${opens}${reason === undefined ? '' : `: ${reason}`}`;
  }
  return [code, reason].filter((part) => part !== undefined).join(': ');
}
