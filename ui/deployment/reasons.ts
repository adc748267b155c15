import { h, linkOut } from '../dom.ts';
import type { Child } from '../dom.ts';
import type { Drift } from '../environments/overview.ts';
import { stateBadge } from '../state-badge.ts';
import { formatTime } from '../time.ts';
import { commitAddress } from './commit-address.ts';
import type { ApplicationProgress, Details } from './details.ts';

/** Why the deployment is in its state. */
export function reasonSection(details: Details): HTMLElement | undefined {
  const { code, reason, heldBy, supersededBy, recovery, warning, drift, editWarnings = [] } = details;
  const lines: readonly Child[] = [
    reason !== undefined &&
      heldBy === undefined &&
      h('p', {}, code !== undefined && h('code', {}, code), code !== undefined && ' ', reason),
    supersededBy !== undefined && h('p', {}, `Superseded by ${supersededBy}.`),
    drift && driftLine(drift, details.repository),
    recovery !== undefined && h('p', {}, recovery),
    warning !== undefined && h('p', {}, `⚠ ${warning}`),
    ...editWarnings.map((text) => h('p', {}, `⚠ ${text}`)),
  ];
  if (lines.every((line) => line === false || line === undefined)) return undefined;
  return h('section', {}, h('h2', {}, 'Reason'), ...lines);
}

function driftLine({ value, commit, author, since }: Drift, repository: string | undefined): HTMLElement {
  const by = author === undefined ? '' : ` by ${author}`;
  return h(
    'p',
    {},
    `≠ The file holds ${value === '' ? 'no value' : value} since ${formatTime(since)}, which tagrelay did not write`,
    commit !== undefined &&
      h('span', {}, ': commit ', linkOut(commit.slice(0, 12), commitAddress(repository, commit)), by),
    '.',
  );
}

/** The applications of a deployment, and the resources that failed. */
export function applicationSection({
  applications = [],
  progress = {},
  applicationLinks = {},
}: Details): HTMLElement | undefined {
  const names = [...new Set([...applications, ...Object.keys(progress)])];
  if (names.length === 0) return undefined;
  return h(
    'section',
    {},
    h('h2', {}, 'Argo CD applications'),
    ...names.map((name) => application(linkOut(name, applicationLinks[name]), progress[name])),
  );
}

function application(name: Node, progress: ApplicationProgress | undefined): HTMLElement {
  if (!progress) return h('div', { class: 'application' }, h('h3', {}, name), h('p', {}, 'No result yet.'));
  const { state, at, revision, reason, syncedBy, failures = [] } = progress;
  return h(
    'div',
    { class: 'application' },
    h('h3', {}, name),
    h(
      'p',
      {},
      stateBadge(state),
      ` at ${formatTime(at)}`,
      revision !== undefined && ` · revision ${revision.slice(0, 12)}`,
      syncedBy !== undefined && ` · sync by ${syncedBy}`,
    ),
    reason !== undefined && h('p', {}, reason),
    failures.length > 0 &&
      h(
        'ul',
        { class: 'failures' },
        ...failures.map(({ resource, message }) =>
          h('li', {}, h('code', {}, resource), message !== undefined && `: ${message}`),
        ),
      ),
  );
}
