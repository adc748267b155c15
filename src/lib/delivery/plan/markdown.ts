import { tryParseUrl } from '../../net/url.ts';

/** A text of other people as a code span: no part of it becomes a link, a mention or HTML. */
export function codeSpan(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('`', "'")}\``;
}

/** A link, or its text where the URL is not one of https. */
export function linkTo(text: string, url: string | undefined): string {
  const target = url === undefined ? undefined : linkTarget(url);
  return target === undefined ? text : `[${text}](${target})`;
}

/** A URL that ends neither a link nor a cell. */
function linkTarget(text: string): string | undefined {
  const url = tryParseUrl(text);
  return url?.protocol === 'https:'
    ? url.href.replace(/[()|]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)
    : undefined;
}
