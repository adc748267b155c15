const longest = 80;

/**
 * Formats a value for a message: short, on one line, and without user and password of a URL, because a setting that is
 * not secret can contain them.
 */
export function formatValue(value: unknown): string {
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value === '' ? 'an empty string' : `\`${shorten(value)}\``;
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'boolean' ? `\`${value}\`` : 'another type';
}

/** Formats untrusted text for a message. */
export function shorten(text: string): string {
  const clean = withoutCredentials(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

function withoutCredentials(text: string): string {
  // A password can contain `@`, so the match ends at the last one before the path.
  return text
    .replace(/:\/\/[^/\s]*@/g, '://…@')
    .replace(/\b(AccountKey|SharedAccessSignature|sig|password|token)=[^;&\s]+/gi, '$1=…');
}
