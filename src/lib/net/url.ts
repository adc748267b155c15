/** The URL that the text is, or `undefined`. */
export function tryParseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
