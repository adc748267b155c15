import semver from 'semver';
import type { Report } from './expand-updates.ts';
import { compileRegex } from '../match/regex.ts';
import { canMatch } from '../match/regex-language.ts';
import type { TagPolicy } from '../route.ts';
import type { EnvironmentSettings } from '../read/schema.ts';
import { formatValue } from '../read/format-value.ts';

type TagSettings = NonNullable<EnvironmentSettings['tags']>;

/** The tag policy of an environment; without `order` if the settings do not set it. */
export function expandPolicy(
  { match, semver: range, order }: TagSettings,
  allowMovingTags: boolean,
  report: Report,
): Omit<TagPolicy, 'order'> & { readonly order?: TagPolicy['order'] } {
  const isGoodMatch =
    match === null || match === undefined || checkMatch(match, order === 'semver' || Boolean(range), order, report);
  if (range !== null && range !== undefined && semver.validRange(range) === null) {
    report(
      {
        code: 'semver-invalid',
        message: `${formatValue(range)} is not a range of semantic versions; expected for example \`>=1.0.0 <2\` or \`^1.4.0-0\``,
      },
      ['tags', 'semver'],
    );
  }
  return {
    ...(match && isGoodMatch && { match }),
    ...(range && { semver: range }),
    ...(order && { order }),
    allowMovingTags,
  };
}

function checkMatch(match: string, wantsSemver: boolean, order: TagSettings['order'], report: Report): boolean {
  const regex = compileRegex(match);
  if (typeof regex === 'string') {
    report({ code: 'match-invalid', message: `${formatValue(match)} is not an RE2 regular expression: ${regex}` }, [
      'tags',
      'match',
    ]);
    return false;
  }
  if (canMatch(regex, 'tag') === false) {
    report(
      {
        code: 'match-never',
        message: `${formatValue(match)} matches no valid tag; a tag has at most 128 letters, digits, \`.\`, \`_\` and \`-\``,
      },
      ['tags', 'match'],
    );
    return true;
  }
  const count = regex.groupCount();
  const hint = count > 1 ? '; for a group that is not compared, use `(?:…)`' : '';
  if (wantsSemver && canMatch(regex, 'semver') === false) {
    const part = count > 0 ? 'its first group' : 'the whole tag';
    report(
      {
        code: 'order-impossible',
        message: `${formatValue(match)} never yields a semantic version (${part} is compared); expected for example \`^v(\\d+\\.\\d+\\.\\d+)$\`${hint}`,
      },
      ['tags', 'match'],
    );
  }
  if (order !== 'numeric') return true;
  const wrong = Array.from({ length: Math.max(1, count) }, (_, index) => index + 1).find(
    (group) => canMatch(regex, 'number', group) === false,
  );
  if (wrong !== undefined) {
    const part = count > 0 ? `group ${wrong}` : 'the whole tag';
    report(
      {
        code: 'order-impossible',
        message: `${formatValue(match)} never yields a whole number (${part} is compared); expected for example \`^main-(\\d+)$\`${hint}`,
      },
      ['tags', 'match'],
    );
  }
  return true;
}
