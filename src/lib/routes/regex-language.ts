import type { RE2JS } from 're2js';

/** What the order reads out of a tag. */
export type Language = 'tag' | 'semver' | 'number';

/** Whether any tag matches the expression and gives text of the language; `undefined` where that cannot be told. */
export function canMatch(_regex: RE2JS, _language: Language): boolean | undefined {
  return undefined;
}
