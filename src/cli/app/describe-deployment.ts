import type { CommandIo } from '../command.ts';
import { colorDiff } from '../plan/color-diff.ts';
import type { DeploymentView } from '../../lib/deployments/deployment-view.ts';
import { commitUrl } from '../../lib/net/commit-url.ts';
import { colorState } from './color-state.ts';
import { formatRetry } from './deployment-table.ts';

const nameWidth = 14;

/** A deployment with its history and links, as lines of a name and a value. */
export function describeDeployment(deployment: DeploymentView, io: CommandIo): string {
  const {
    id,
    route,
    environment,
    image,
    states,
    repository,
    branch,
    commit,
    pullRequest,
    code,
    reason,
    heldUntil,
    retry,
    opensAt,
    state,
    build,
    source,
    changes,
    diff,
    recovery,
    warning,
    editWarnings = [],
    progress = {},
  } = deployment;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['id', id],
    ['environment', `${route} ${environment}`],
    ['image', image],
    ['state', colorState(state, state, io)],
    ...states.map((one): [string, string] => ['', historyLine(one, one === states.at(-1))]),
    ['repository', repository === '' ? undefined : repository],
    ['commit', commit === undefined ? undefined : `${commit}${branch === undefined ? '' : ` on ${branch}`}`],
    ['', commit === undefined || !repository ? undefined : commitUrl(repository, commit)],
    ['pull request', pullRequest?.url],
    ['build', build && `${build.number}  ${build.url}`],
    ['source', source && [source.commit, source.repository].filter(Boolean).join(' of ')],
    ['code', code],
    ['reason', reason],
    ['opens', opensAt],
    ['next check', heldUntil],
    ['retry', retry && formatRetry(retry)],
    ['rollback', recovery],
    ['warning', warning],
    ...editWarnings.map((text): [string, string] => ['warning', text]),
    ...Object.entries(progress).flatMap(describeProgress),
  ];
  const text = rows.map(([name, value]) => (value === undefined ? '' : `${name.padEnd(nameWidth)}${value}\n`)).join('');
  return diff === undefined
    ? text
    : `${text}\n${changes === undefined ? 'Change' : 'Would write'}:\n\n${io.color ? colorDiff(diff) : diff}`;
}

function describeProgress([application, progress]: [string, NonNullable<DeploymentView['progress']>[string]]): [
  string,
  string,
][] {
  const { state, at, revision, failures = [] } = progress;
  const seenAt = revision === undefined ? '' : ` at ${revision.slice(0, 10)}`;
  return [
    ['application', `${application}: ${state}${seenAt}, ${at}`],
    ...failures.map(({ resource, message }): [string, string] => ['', `  ${resource}: ${message ?? 'not healthy'}`]),
  ];
}

/** The reason of the last state has a line of its own. */
function historyLine({ at, state, reason, syncedBy }: DeploymentView['states'][number], isLast: boolean): string {
  const by = syncedBy === undefined ? '' : ` (sync by ${syncedBy})`;
  return `${at}  ${state}${by}${isLast || reason === undefined ? '' : `: ${reason}`}`;
}
