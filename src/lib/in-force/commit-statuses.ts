import type { Status } from '../git/statuses.ts';
import type { Problem } from '../routes/route.ts';
import type { ComposedDocument } from './compose-routes.ts';

/** GitHub accepts no longer description. */
const maxLength = 140;
const maxStatuses = 10;

/**
 * The statuses of a commit: `tagrelay/routes` shows that its documents are in force, or their errors. Errors that do not
 * fit are in `tagrelay/routes-2`, and so on.
 */
export function commitStatuses(documents: readonly ComposedDocument[], summary: string): readonly Status[] {
  const prefixes = [...new Set(documents.map(({ document: { label, path } }) => label.slice(0, -path.length)))];
  const texts = documents.flatMap(({ errors }) => errors.map((error) => withoutPrefixes(textOf(error), prefixes)));
  if (texts.length === 0) return [statusOf(0, 'succeeded', cut(summary, maxLength))];
  const head = texts.length === 1 ? '' : `${texts.length} errors: `;
  return packed(texts, head).map((text, index) => statusOf(index, 'failed', text));
}

/** For a context that has no errors any more, on a commit that had more of them. */
export function clearedStatus(index: number): Status {
  return statusOf(index, 'notApplicable', 'no more errors');
}

function statusOf(index: number, state: Status['state'], description: string): Status {
  const name = index === 0 ? 'routes' : `routes-${index + 1}`;
  return { state, context: { genre: 'tagrelay', name }, description };
}

function textOf({ setting, line, column, field, message }: Problem): string {
  const place = [setting, line, column].filter((part) => part !== undefined).join(':');
  return `${place} ${field === undefined ? '' : `${field}: `}${message}`;
}

/** A person who reads a status knows the repository and branch. */
function withoutPrefixes(text: string, prefixes: readonly string[]): string {
  return prefixes.reduce((shorter, prefix) => shorter.replaceAll(prefix, ''), text);
}

/** Texts in as few descriptions as possible, each text whole if it fits into one. */
function packed(texts: readonly string[], head: string): readonly string[] {
  const found: string[] = [];
  let current = head;
  for (const [index, text] of texts.entries()) {
    const isFirst = current === head || current === '';
    const joined = isFirst ? `${current}${text}` : `${current}; ${text}`;
    if (joined.length <= maxLength) {
      current = joined;
      continue;
    }
    if (!isFirst) {
      found.push(current);
      current = '';
    }
    if (found.length === maxStatuses - 1 && index < texts.length - 1) {
      return [...found, `${texts.length - index} more: npx tagrelay status --routes lists all`];
    }
    current = cut(`${current}${text}`, maxLength);
  }
  return [...found, current];
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
