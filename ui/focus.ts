/** Names of an element, the best one first: its successor in new content has one of them. */
export type FocusNames = readonly string[];

function namesOf(element: Element): FocusNames {
  const { id, tagName, textContent } = element;
  const attributes = ['href', 'aria-label', 'data-place'].map((name) => element.getAttribute(name) ?? '');
  return [id, ...attributes, `${tagName} ${textContent}`].map((name, index) => (name === '' ? '' : `${index} ${name}`));
}

/** The names of the focused element, if it is in the container. */
export function focusedIn(container: Element): FocusNames | undefined {
  const focused = document.activeElement;
  return focused && focused !== container && container.contains(focused) ? namesOf(focused) : undefined;
}

/** Focuses the successor of an element without scrolling. @returns false if there is none */
export function focusSuccessor(container: Element, names: FocusNames): boolean {
  const candidates = [...container.querySelectorAll<HTMLElement>('a, button, input, select, [tabindex]')].map(
    (element) => [element, namesOf(element)] as const,
  );
  for (const [index, name] of names.entries()) {
    const successor = name === '' ? undefined : candidates.find(([, others]) => others[index] === name)?.[0];
    if (!successor) continue;
    successor.focus({ preventScroll: true });
    // The text of a field goes on at its end.
    if (successor instanceof HTMLInputElement && successor.type !== 'checkbox') successor.select();
    return true;
  }
  return false;
}

/** Changes the content of a container; the focus stays, or passes to the successor of the focused element. */
export function keepFocus(container: Element, change: () => void): void {
  const focused = document.activeElement;
  const names = focusedIn(container);
  change();
  if (names && document.activeElement !== focused) focusSuccessor(container, names);
}

/**
 * Replaces the children of a container. Children that are equal to a present one stay as they are, with focus, selection and
 * scroll position.
 */
export function replaceParts(container: Element, parts: readonly Node[]): void {
  keepFocus(container, () => {
    keepOpen(container, parts);
    const present = new Set(container.childNodes);
    const next = parts.map((part) => {
      const all = [...present];
      const same = all.find((one) => one === part) ?? all.find((one) => one.isEqualNode(part));
      if (same) present.delete(same);
      return same ?? part;
    });
    for (const node of present) node.remove();
    for (const [index, node] of next.entries()) {
      if (container.childNodes[index] !== node) container.insertBefore(node, container.childNodes[index] ?? null);
    }
  });
}

/** The details that the reader has opened stay open. They are recognised by their summaries. */
function keepOpen(container: Element, parts: readonly Node[]): void {
  const opened = new Set([...container.querySelectorAll('details[open]')].map(summaryOf));
  for (const part of parts) {
    const all = part instanceof Element ? part.querySelectorAll('details') : [];
    for (const details of all) if (opened.has(summaryOf(details))) details.open = true;
  }
}

function summaryOf(details: Element): string {
  return details.querySelector('summary')?.textContent ?? '';
}
