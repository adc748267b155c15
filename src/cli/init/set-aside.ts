import type { FoundImage } from './found-image.ts';

const aside = /^[._]?(?:archived?|deprecated|docs?|documentation|examples?|samples?|backups?|old|trash)$/i;
const preview = /^(?:pr|mr|pull|preview|review)s?[-_]?\d+$/i;

export const previewReason = 'it belongs to the preview of one pull request (docs/routes.md, Previews)';

/** Whether a path is of the preview of one pull request: `envs/pr-1412/…`. */
export function isOfPreview(file: string): boolean {
  return file
    .replace(/\.\w+$/, '')
    .split('/')
    .some((segment) => preview.test(segment));
}

/**
 * Why a place is not of a cluster: an archive or an example while other files set the image, the folder of one pull
 * request, or a name that is the front of other names. `undefined`: nothing shows this.
 */
export function whySetAside(one: FoundImage, all: readonly FoundImage[]): string | undefined {
  const { file, image, tag } = one;
  const folder = asideOf(file);
  const isSetElsewhere = all.some((other) => other.image === image && asideOf(other.file) === undefined);
  if (folder !== undefined && isSetElsewhere) return `it is in \`${folder}\`, and other files set this image`;
  if (isOfPreview(file)) return previewReason;
  if (tag === undefined && all.some((other) => other.image.startsWith(`${image}/`)))
    return 'it is the front of the names of other images, and has no tag';
  return undefined;
}

function asideOf(file: string): string | undefined {
  return file
    .split('/')
    .slice(0, -1)
    .find((segment) => aside.test(segment));
}
