import { formatAddress } from '../address.ts';
import { h, linkOut } from '../dom.ts';
import { formatTime } from '../time.ts';
import { commitAddress } from './commit-address.ts';
import type { Details } from './details.ts';

/** Origin, commit and links of a deployment. */
export function factsOf(details: Details): HTMLElement {
  const { image, build, source, repository, branch, commit, pullRequest, previous, applications = [] } = details;
  const facts: readonly (readonly [string, Node | string | undefined])[] = [
    ['Image', image],
    ['Replaces', previous],
    ['Cause', causeOf(details)],
    ['Build', build && linkOut(`${build.project} · ${build.definition?.name ?? ''} ${build.number}`, build.url)],
    ['Source branch', build?.sourceBranch.replace(/^refs\/heads\//, '')],
    [
      'Source commit',
      source?.commit && linkOut(source.commit.slice(0, 12), commitAddress(source.repository, source.commit)),
    ],
    ['Message', source?.message],
    [
      'Committed to the source',
      source?.committedAt ? formatTime(source.committedAt) : build && 'unknown; the lead time begins with the build',
    ],
    ['GitOps repository', repository === '' ? undefined : repository && linkOut(repository, repository)],
    ['Branch', branch],
    ['GitOps commit', commit && linkOut(commit.slice(0, 12), commitAddress(repository, commit))],
    ['Pull request', pullRequest && linkOut(`#${pullRequest.number}`, pullRequest.url)],
    ['Argo CD applications', applications.length === 0 ? undefined : applications.join(', ')],
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [h('div', {}, h('dt', {}, name), h('dd', {}, value))],
    ),
  );
}

function causeOf({ replayOf, replay = {}, rollback, promotion, pushedAt }: Details): Node | string {
  if (promotion) return promotionCause(promotion);
  if (replayOf !== undefined) {
    return h('span', {}, deploymentLink('replay of an earlier deployment', replayOf), orderText(replay));
  }
  if (!rollback) return `push at ${formatTime(pushedAt)}`;
  const { of, automatic, actor, reason } = rollback;
  const who = automatic ? 'automatic rollback' : `rollback${actor === undefined ? '' : ` by ${actor}`}`;
  const what = of === undefined ? who : deploymentLink(who, of);
  return h('span', {}, what, `: ${reason}`);
}

export function deploymentLink(text: string, id: string): HTMLElement {
  return h('a', { href: formatAddress({ view: 'deployments', id }) }, text);
}

function promotionCause({ from, actor, reason }: NonNullable<Details['promotion']>): Node {
  const sources = from.flatMap(({ environment, id }, index) => [index > 0 && ', ', deploymentLink(environment, id)]);
  return h('span', {}, 'promotion from ', ...sources, orderText({ actor, reason }));
}

function orderText({
  actor,
  reason,
}: {
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}): string {
  return `${actor === undefined ? '' : ` by ${actor}`}${reason === undefined ? '' : `: ${reason}`}`;
}
