import { mayAct } from '../act/access.ts';
import type { Action } from '../act/action.ts';
import { actionBar } from '../act/action-bar.ts';
import {
  freezeAction,
  markAction,
  promoteAction,
  replayAction,
  rollbackAction,
  unfreezeAction,
} from '../act/actions.ts';
import { formatAddress } from '../address.ts';
import type { Address } from '../address.ts';
import { age } from '../age.ts';
import { get } from '../api.ts';
import { h } from '../dom.ts';
import { replaceParts } from '../focus.ts';
import { stateBadge } from '../state-badge.ts';
import type { View } from '../view.ts';
import type { Details } from './details.ts';
import { diffSection } from './diff.ts';
import { deploymentLink, factsOf } from './facts.ts';
import { applicationSection, reasonSection } from './reasons.ts';
import { waitSection } from './waits.ts';
import { timeline } from './timeline.ts';

const historyLength = 10;

/** One deployment, and the others of its environment. */
export function makeDeploymentView({ id = '' }: Address): View {
  const element = h('div', {}, h('h1', {}, 'Deployment'));
  let shown = '';
  let actions: HTMLElement | undefined;
  return {
    title: 'Deployment',
    element,
    async refresh() {
      const details = await get<Details>(`deployments/${encodeURIComponent(id)}`);
      const { route, environment } = details;
      const query = new URLSearchParams({ route, environment, limit: String(historyLength) });
      const { deployments } = await get<{ readonly deployments: readonly Details[] }>(
        `deployments?${query.toString()}`,
      );
      const isAdmin = await mayAct();
      const content = JSON.stringify([details, deployments, isAdmin]);
      if (content === shown) return;
      shown = content;
      if (isAdmin) actions ??= actionBar(actionsOf(details));
      replaceParts(element, [...sections(details, deployments), ...(actions ? [actions] : [])]);
    },
  };
}

function actionsOf(details: Details): readonly Action[] {
  return [
    replayAction(details),
    rollbackAction(details),
    promoteAction(details),
    freezeAction(details),
    unfreezeAction(details),
    markAction(details),
  ];
}

function sections(details: Details, others: readonly Details[]): readonly Node[] {
  const { route, environment, tag, state } = details;
  const parts = [
    h(
      'p',
      { class: 'path' },
      h('a', { href: formatAddress({ view: 'environments', query: { route } }) }, route),
      ` › ${environment}`,
    ),
    h('h1', {}, tag, ' ', stateBadge(state)),
    reasonSection(details),
    waitSection(details),
    timeline(details),
    applicationSection(details),
    h('section', {}, h('h2', {}, 'Origin'), factsOf(details)),
    diffSection(details),
    history(details, others),
  ];
  return parts.filter((part) => part !== undefined);
}

function history({ id, route, environment }: Details, others: readonly Details[]): HTMLElement {
  const items = others.map((other) =>
    h(
      'li',
      { 'aria-current': other.id === id ? 'page' : undefined },
      other.id === id ? h('strong', {}, other.tag) : deploymentLink(other.tag, other.id),
      stateBadge(other.state),
      age(other.states.at(-1)?.at ?? other.updatedAt),
    ),
  );
  return h(
    'section',
    {},
    h('h2', {}, `Deployments of ${route} in ${environment}`),
    h('ul', { class: 'history' }, ...items),
  );
}
