/** The value that the text is as JSON, or `undefined`, which no JSON text is. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller's schema reports the problem.
  }
}
