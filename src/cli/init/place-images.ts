import { formatPath } from '../../lib/model/value-path.ts';
import { applicationSign } from './application-sign.ts';
import { applicationOf, type FoundApplication } from './applications.ts';
import { environmentSigns, shortName, signText, withPlaceholder, type Sign } from './environment-sign.ts';
import { isShared } from './environment-words.ts';
import type { FoundImage } from './found-image.ts';
import { unknownEnvironment, type PlacedImage, type Placement } from './placed-image.ts';
import { splitFamilies } from './split-families.ts';
import { escaped, groupBy } from './texts.ts';

/** Sorts the places of images by environment. Files that differ by a word of an environment are never joined. */
export function placeImages(
  images: readonly FoundImage[],
  applications: readonly FoundApplication[],
  paths: ReadonlySet<string>,
): Placement {
  const signed = images.map((found) => ({ found, signs: environmentSigns(found.file, found.image, paths) }));
  const ambiguous = ambiguousNames(signed);
  const byImage = groupBy(signed, ({ found }) => found.image);
  const all = Array.from(byImage.values(), (own) =>
    ofImage(
      own.map((one) => place(one, ambiguous, applications)),
      paths,
    ),
  );
  return {
    placed: all.flatMap(({ placed }) => placed),
    leftOut: all.flatMap(({ leftOut }) => leftOut),
    notes: all.flatMap(({ notes }) => notes),
  };
}

interface Signed {
  readonly found: FoundImage;
  readonly signs: readonly Sign[];
}

/** Short names that two different files of one image would share: `prod` of `weu/prod` and of `neu/prod`. */
function ambiguousNames(signed: readonly Signed[]): ReadonlySet<string> {
  const whole = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const { found, signs } of signed) {
    if (signs.length === 0) continue;
    const name = shortName(signs);
    const key = JSON.stringify([found.image, name]);
    const text = signText(signs);
    if ((whole.get(key) ?? text) !== text) ambiguous.add(name);
    whole.set(key, text);
  }
  return ambiguous;
}

function place(
  { found, signs }: Signed,
  ambiguous: ReadonlySet<string>,
  applications: readonly FoundApplication[],
): PlacedImage {
  const { file } = found;
  const application = applicationOf(file, applications);
  const deployed = application && { application };
  if (found.element !== undefined) {
    const why = `seen in ${'path' in found.target ? formatPath(found.target.path) : 'a generator'} of ${file}`;
    return { found, name: found.element, template: file, head: '', why };
  }
  if (signs.length > 0) {
    const short = shortName(signs);
    const name = ambiguous.has(short) ? signText(signs) : short;
    const last = signs.at(-1);
    const end = file.indexOf('/', last?.end);
    return {
      found,
      name,
      template: withPlaceholder(file, signs, name),
      head: file.slice(0, file.lastIndexOf('/', last?.start) + 1),
      why:
        end < 0
          ? `seen in the file name ${file.slice(file.lastIndexOf('/') + 1)}`
          : `seen in the folder ${file.slice(0, end)}`,
      ...deployed,
    };
  }
  const sign = application && applicationSign(application, applications);
  if (sign !== undefined && application)
    return {
      found,
      name: sign,
      template: file,
      head: '',
      why: `seen in the Application ${application.name}`,
      application,
    };
  return {
    found,
    name: unknownEnvironment,
    template: file,
    head: '',
    why: `${file} shows no environment`,
    ...deployed,
  };
}

function ofImage(given: readonly PlacedImage[], paths: ReadonlySet<string>): Placement {
  const placed = withTemplates(given);
  const named = placed.filter(({ name }) => name !== unknownEnvironment);
  if (named.length === 0) return splitFamilies(placed, paths);
  const split = splitFamilies(named, paths);
  const leftOut = placed
    .filter(({ name }) => name === unknownEnvironment)
    .map(({ found }) => ({
      found,
      reason: 'it shows no environment, as other files of the image do',
    }));
  return { ...split, leftOut: [...split.leftOut, ...leftOut] };
}

/** `foo.yaml` beside `prod.yaml`: where a known environment's name stands, another word names another environment. */
function withTemplates(placed: readonly PlacedImage[]): readonly PlacedImage[] {
  const templates = new Set(placed.flatMap(({ template }) => (template.includes('{environment}') ? [template] : [])));
  return placed.map((one) => {
    if (one.name !== unknownEnvironment) return one;
    for (const template of templates) {
      const word = wordAt(template, one.found.file);
      if (word === undefined || isShared(word)) continue;
      const start = template.indexOf('{environment}');
      return Object.assign({}, one, {
        name: word,
        template,
        head: template.slice(0, template.lastIndexOf('/', start) + 1),
        why: `${one.found.file}: \`${word}\` is in the place of a known environment; check it`,
      });
    }
    return one;
  });
}

function wordAt(template: string, file: string): string | undefined {
  const [head = '', ...rest] = template.split('{environment}').map(escaped);
  const pattern = `^${head}([A-Za-z0-9][\\w-]*)${rest.join('\\1')}$`;
  return new RegExp(pattern).exec(file)?.[1];
}
