import type { Report } from './expand-updates.ts';
import { groupNames } from '../preview.ts';
import type { PlaceholderValues } from '../read/placeholders.ts';
import type { EnvironmentSettings } from '../read/schema.ts';

/** Whether another tool deploys the images: `update: []`. */
function isPreview({ update }: EnvironmentSettings): boolean {
  return update?.length === 0;
}

/** The placeholders of `application` that the tag of each push fills in: the named groups of `match`, with `update: []`. */
export function expandGroups(
  settings: EnvironmentSettings,
  words: PlaceholderValues,
  report: Report,
): ReadonlySet<string> {
  const { match } = settings.tags ?? {};
  const names = isPreview(settings) && match ? groupNames(match) : [];
  for (const name of names) {
    if (!words.has(name)) continue;
    const message = `the group \`${name}\` has the name of a capture of the image, a variable or \`{environment}\`; choose another`;
    report({ code: 'word-reserved', message }, ['tags', 'match']);
  }
  return new Set(names);
}

/** Reports the fields that `update: []` needs, and those that need a write. */
export function checkPreview(settings: EnvironmentSettings, report: Report): void {
  if (!isPreview(settings)) return;
  const { application, promoteFrom, onFailure } = settings;
  if (!application || application.length === 0) {
    report(
      { code: 'missing-field', message: '`update: []` writes nothing; expected the `application` that is followed' },
      ['application'],
    );
  }
  if (promoteFrom) {
    report(
      { code: 'preview-option', message: 'nothing is written with `update: []`, so nothing can be promoted here' },
      ['promoteFrom'],
    );
  }
  if (onFailure && onFailure !== 'none') {
    report(
      {
        code: 'preview-option',
        message: 'nothing is written with `update: []`, so nothing can be rolled back; use `none`',
      },
      ['onFailure'],
    );
  }
}
