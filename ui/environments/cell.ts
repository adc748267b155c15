import { formatAddress } from '../address.ts';
import { age } from '../age.ts';
import { formatCause } from '../cause.ts';
import { h } from '../dom.ts';
import type { Child } from '../dom.ts';
import { lookOf } from '../states.ts';
import { stateBadge } from '../state-badge.ts';
import { waitsFor } from '../deployment/waits.ts';
import { hasDrifted } from './matrix.ts';
import type { Brief, Overview } from './overview.ts';

/** The content of a cell. */
export function cellContent(overview: Overview): readonly Child[] {
  const { deployed, next, configured } = overview;
  return [
    deployed ? deployedPart(deployed, overview) : h('span', { class: 'none' }, 'no deployment'),
    next && nextPart(next, overview),
    configured === false && h('span', { class: 'note' }, 'no longer in the routes'),
  ];
}

function deployedPart(deployed: Brief, overview: Overview): HTMLElement {
  const { state, since, cause, warning, reason } = deployed;
  const { route, environment } = overview;
  return h(
    'div',
    { class: 'deployed' },
    tagLink(deployed, `${route}\n${environment}`),
    hasDrifted(overview) ? stateBadge('superseded', 'overwritten') : stateBadge(state),
    h('span', { class: 'by' }, age(since), ` · ${formatCause(cause)}`),
    hasDrifted(overview) && driftNote(deployed),
    reason !== undefined && lookOf(state).tone === 'bad' && h('span', { class: 'note', title: reason }, reason),
    warning !== undefined && h('span', { class: 'note', title: warning }, `⚠ ${warning}`),
  );
}

/** The value in the file, and whose commit put it there. */
function driftNote({ tag, supersededBy, drift }: Brief): HTMLElement {
  if (!drift) {
    return h(
      'span',
      { class: 'note' },
      supersededBy === undefined ? `${tag} is not in the file` : `by ${supersededBy}`,
    );
  }
  const { value, author, commit, since } = drift;
  const by = author ?? commit?.slice(0, 10);
  const text = `${value === '' ? 'no value' : value} in the file${by === undefined ? '' : `, by ${by}`}`;
  return h('span', { class: 'note', title: [text, commit].join(' ') }, `${text}, `, age(since));
}

function nextPart(next: Brief, { route, environment, queued }: Overview): HTMLElement {
  const { state, reason } = next;
  const held = waitsFor(next);
  const detail = held === undefined ? reason : `waits for ${held}`;
  return h(
    'div',
    { class: 'next' },
    h('span', { class: 'arrow', 'aria-hidden': 'true' }, '→'),
    tagLink(next, `${route}\n${environment}\nnext`),
    stateBadge(state, queued > 1 && state === 'queued' ? `${queued} queued` : undefined),
    detail !== undefined && h('span', { class: 'note', title: detail }, detail),
  );
}

/** @param place keeps the focus when another deployment takes it */
function tagLink({ id, tag }: Brief, place: string): HTMLElement {
  const href = formatAddress({ view: 'deployments', id });
  return h('a', { href, class: 'tag', title: tag, 'data-place': place }, tag);
}
