import { h } from '../dom.ts';
import type { Child } from '../dom.ts';
import { stateBadge } from '../state-badge.ts';
import { formatSpan, formatTime, localTimes } from '../time.ts';
import type { Details, NextPromotion } from './details.ts';
import { deploymentLink } from './facts.ts';

/** What a deployment waits for, and what waits for it. */
export function waitSection(details: Details): HTMLElement | undefined {
  const { gates = [], promotions = [], heldUntil, retry } = details;
  const held = waitsFor(details);
  const lines: readonly Child[] = [
    held !== undefined && h('p', {}, `It waits for ${held}.`),
    retry && h('p', {}, ...retryText(retry)),
    heldUntil !== undefined && h('p', {}, `Planned again at ${formatTime(heldUntil)} at the latest.`),
    ...gates.map(({ id, collection }) =>
      h('p', {}, `A pipeline of ${collection} waits for it: gate `, h('code', {}, id.slice(0, 12)), '.'),
    ),
    promotions.length > 0 && h('ul', { class: 'history' }, ...promotions.map(promotionItem)),
  ];
  if (lines.every((line) => line === false || line === undefined)) return undefined;
  return h('section', {}, h('h2', {}, 'Waits'), ...lines);
}

/** What holds a queued update, in words; `undefined` if nothing does. */
export function waitsFor({
  heldBy,
  opensAt,
  reason,
}: Pick<Details, 'heldBy' | 'opensAt' | 'reason'>): string | undefined {
  if (opensAt !== undefined) return `its window: opens ${formatTime(opensAt)}`;
  if (heldBy === undefined || reason === undefined) return undefined;
  const name = heldBy === 'promotion' ? 'its promotion' : heldBy === 'window' ? 'its window' : 'the recovery';
  return `${name}: ${localTimes(reason)}`;
}

/** Why an update is retried, and when. */
export function retryText({ code, reason, attempt, at }: NonNullable<Details['retry']>): readonly Child[] {
  const next = Date.parse(at) > Date.now() ? `next at ${formatTime(at)}` : 'next soon';
  return [`Attempt ${attempt} failed, ${next}: `, h('code', {}, code), ` ${reason}`];
}

/** An environment that the image is promoted to from here. */
function promotionItem({ environment, id, state, sources, soakSeconds, ...held }: NextPromotion): HTMLElement {
  const why = waitsFor(held);
  const soak = soakSeconds > 0 ? `, for ${formatSpan(soakSeconds * 1_000)}` : '';
  return h(
    'li',
    {},
    id === undefined ? `Promotion to ${environment}` : deploymentLink(`Promotion to ${environment}`, id),
    state !== undefined && stateBadge(state),
    why !== undefined && `waits for ${why}`,
    id === undefined && sources.length > 0 && `waits until it is healthy in ${sources.join(', ')}${soak}`,
    id === undefined && sources.length === 0 && 'is decided',
  );
}
