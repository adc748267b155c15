const longest = 80;

/**
 * A value as a message shows it: short, on one line, and without the user and password of a URL, which somebody may
 * have put into a setting that is not secret.
 */
export function formatValue(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `\`${shorten(value)}\``;
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'boolean' ? `\`${value}\`` : 'something else';
}

/** Text of an unknown source, fit for a message. */
export function shorten(text: string): string {
  const clean = withoutCredentials(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

function withoutCredentials(text: string): string {
  // One `@` may stand within a password, so everything up to the last one before the path goes.
  return text
    .replace(/:\/\/[^/\s]*@/g, '://…@')
    .replace(/\b(AccountKey|SharedAccessSignature|sig|password|token)=[^;&\s]+/gi, '$1=…');
}
