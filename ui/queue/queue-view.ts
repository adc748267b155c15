import { mayAct } from '../act/access.ts';
import { orderFields } from '../act/action.ts';
import type { Action } from '../act/action.ts';
import { replayAction } from '../act/actions.ts';
import { openAction } from '../act/action-dialog.ts';
import { age } from '../age.ts';
import { change, get } from '../api.ts';
import type { Details } from '../deployment/details.ts';
import { deploymentLink } from '../deployment/facts.ts';
import { retryText, waitsFor } from '../deployment/waits.ts';
import { h } from '../dom.ts';
import { replaceParts } from '../focus.ts';
import { stateBadge } from '../state-badge.ts';
import type { View } from '../view.ts';
import { workSection } from './work-section.ts';
import type { Work } from './work-section.ts';
import { missedSection } from './missed-pushes.ts';
import type { MissedPush } from './missed-pushes.ts';

const limit = 100;

interface Queue {
  readonly waiting: readonly Details[];
  readonly proposed: readonly Details[];
  readonly failed: readonly Details[];
  readonly missed: readonly MissedPush[];
  readonly work: Work;
}

/** The updates that wait, were proposed, or need a person; and the pushes that changed nothing. */
export function makeQueueView(): View {
  const outcome = h('p', { role: 'status', class: 'outcome', tabindex: -1 });
  const content = h('div');
  let shown = '';
  const act = (action: Action): void => openAction(action, outcome);
  return {
    title: 'Queue',
    element: h('div', {}, h('h1', {}, 'Queue'), outcome, content),
    async refresh() {
      const [queue, isAdmin] = await Promise.all([readQueue(), mayAct()]);
      const now = JSON.stringify([queue, isAdmin]);
      if (now === shown) return;
      shown = now;
      replaceParts(content, sections(queue, isAdmin ? act : undefined));
    },
  };
}

async function list(state: string): Promise<readonly Details[]> {
  const { deployments } = await get<{ readonly deployments: readonly Details[] }>(
    `deployments?state=${state}&limit=${limit}`,
  );
  return deployments;
}

async function readQueue(): Promise<Queue> {
  const [waiting, proposed, rejected, abandoned, { pushes }, work] = await Promise.all([
    list('queued'),
    list('pull-request'),
    list('rejected'),
    list('abandoned'),
    get<{ readonly pushes: readonly MissedPush[] }>('missed-pushes'),
    get<Work>('metrics?since=1d'),
  ]);
  // The update of the new image of a moved tag has the place of the old one.
  const unreplaced = rejected.filter(({ supersededBy }) => supersededBy === undefined);
  const failed = [...unreplaced, ...abandoned].toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  const { retries, backlog } = work;
  return { waiting, proposed, failed, missed: pushes, work: { retries, backlog } };
}

function sections({ waiting, proposed, failed, missed, work }: Queue, act: ((action: Action) => void) | undefined) {
  return [
    workSection(work),
    section('Waiting', waiting, 'No update waits.'),
    section('Proposed as a pull request', proposed, 'No pull request is open.'),
    section('Needs a person', failed, 'No update was rejected or given up.', act),
    missedSection(missed),
  ];
}

function section(
  title: string,
  deployments: readonly Details[],
  empty: string,
  act?: (action: Action) => void,
): HTMLElement {
  const count = deployments.length >= limit ? ` (the newest ${deployments.length})` : ` (${deployments.length})`;
  return h(
    'section',
    {},
    h('h2', {}, `${title}${count}`),
    act && deployments.length > 0 && h('button', { type: 'button', click: () => act(replayAll()) }, 'Replay all…'),
    deployments.length === 0
      ? h('p', { class: 'none' }, empty)
      : h('ul', { class: 'queue' }, ...deployments.map((deployment) => item(deployment, act))),
  );
}

function item(deployment: Details, act: ((action: Action) => void) | undefined): HTMLElement {
  const { id, tag, route, environment, state, states, updatedAt, reason, code } = deployment;
  const held = waitsFor(deployment);
  return h(
    'li',
    {},
    deploymentLink(tag, id),
    h('span', {}, `${route} › ${environment}`),
    stateBadge(state),
    age(states.at(-1)?.at ?? updatedAt),
    held === undefined &&
      reason !== undefined &&
      h('span', { class: 'why' }, code !== undefined && h('code', {}, `${code} `), reason),
    deployment.retry && h('span', { class: 'why' }, ...retryText(deployment.retry)),
    held !== undefined && h('span', { class: 'why' }, `Waits for ${held}.`),
    act &&
      h('button', { type: 'button', id: `replay-${id}`, click: () => act(replayAction(deployment)) }, `Replay ${tag}…`),
  );
}

interface Replayed {
  readonly queued: readonly unknown[];
  readonly messages: number;
  readonly next?: string;
}

const replayAll = (): Action => ({
  name: 'Replay all',
  fields: orderFields(),
  preview: () =>
    Promise.resolve([
      'All abandoned and rejected updates are planned again, except of closed pull requests; abandoned events too. None bypasses the mark.',
    ]),
  run: async (values) => {
    let [updates, messages] = [0, 0];
    for (let from: string | undefined, isFirst = true; isFirst || from !== undefined; isFirst = false) {
      const replayed: Replayed = await change('POST', 'replay', {
        all: true,
        ...values,
        ...(from !== undefined && { from }),
      });
      updates += replayed.queued.length;
      messages += replayed.messages;
      from = replayed.next;
    }
    return `${updates} updates and ${messages} events are queued again.`;
  },
});
