import { isCaptureValue, parseSegments, type ImagePattern } from '../match/image-pattern.ts';
import { formatValue } from '../read/format-value.ts';
import { placeholdersIn } from '../read/placeholders.ts';
import type { ProblemCode } from '../read/problem-codes.ts';
import type { RouteSettings } from '../read/schema.ts';
import type { Step } from '../read/source-map.ts';
import { didYouMean } from '../read/suggest.ts';

/** Reports a problem of a route; the path begins at the map of the route. */
export type ReportInRoute = (code: ProblemCode, path: readonly Step[], message: string, part?: 'key' | 'value') => void;

const nameSegment = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const maxVariants = 1000;

/** Checks that the name of a route has each capture of its image once. */
export function checkName(name: string, { captures }: ImagePattern, report: ReportInRoute): void {
  const words = placeholdersIn(name);
  for (const segment of parseSegments(name)) {
    if (segment.captures.length > 1) {
      report(
        'name-captures-touch',
        [],
        `two captures share one part of the name ${formatValue(name)}, so two images could have one name; expected a \`/\` between them`,
        'key',
      );
    }
  }
  for (const capture of captures.filter((capture) => !words.includes(capture))) {
    report(
      'name-lacks-capture',
      [],
      `the name ${formatValue(name)} lacks the capture \`{${capture}}\` of the image; expected it, so that each image has its own name`,
      'key',
    );
  }
  for (const [index, word] of words.entries()) {
    if (!captures.includes(word))
      report(
        'word-unknown',
        [],
        `the name has \`{${word}}\`, which is not a capture of the image${didYouMean(word, captures)}`,
        'key',
      );
    else if (words.indexOf(word) !== index) report('name-invalid', [], `the name has \`{${word}}\` twice`, 'key');
  }
  const sample = name.replace(/\{[^{}]*\}/g, 'x');
  if (sample.length > 150 || !sample.split('/').every((segment) => nameSegment.test(segment))) {
    report(
      'name-invalid',
      [],
      `${formatValue(name)} is not a valid name; expected at most 150 letters, digits, \`.\`, \`_\` and \`-\`, in parts separated by \`/\``,
      'key',
    );
  }
}

/** Checks the values of `where`. @returns false if they make too many combinations */
export function checkWhere({ where = {} }: RouteSettings, { captures }: ImagePattern, report: ReportInRoute): boolean {
  let count = 1;
  for (const [word, values] of Object.entries(where)) {
    if (!captures.includes(word))
      report(
        'where-unknown',
        ['where', word],
        `\`${word.slice(0, 40)}\` is not a capture of the image${didYouMean(word, captures)}`,
        'key',
      );
    else count *= new Set(values).size;
    for (const [index, value] of values.entries()) {
      if (!isCaptureValue(value))
        report(
          'wrong-value',
          ['where', word, index],
          `${formatValue(value)} cannot be part of an image repository; expected lower-case letters, digits, \`.\`, \`_\` and \`-\``,
        );
    }
  }
  if (count > maxVariants)
    report('too-many-patterns', ['where'], `allows ${count} combinations; expected at most ${maxVariants}`);
  return count <= maxVariants;
}
