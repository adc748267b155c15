import type { ImageReference } from '../../model/image-reference.ts';
import { imageName } from '../../model/image-reference.ts';
import { requireDigest, requireTag } from './image-text.ts';
import type { CurrentImage } from './image-text.ts';

const fields = /\{(registry|repository|tag|digest)\}/g;

/**
 * Fills in `{registry}`, `{repository}`, `{tag}` and `{digest}`. `{repository}` is the path within the registry where
 * the template has `{registry}` too, else the whole name, so that `{repository}:{tag}` is a reference.
 *
 * @throws Failure `tag-needed` or `digest-needed` where the template has a placeholder that the image lacks
 */
export function fillTemplate(template: string, image: ImageReference): string {
  const split = template.includes('{registry}');
  return template.replaceAll(fields, (_, field: string) => {
    if (field === 'registry') return image.registry;
    if (field === 'repository') return split ? image.repository : imageName(image);
    return field === 'tag' ? requireTag(image) : requireDigest(image);
  });
}

/** Reads tag and digest back out of a text that a template may have made; `null` where it does not fit. */
export function readTemplate(template: string, text: string): CurrentImage {
  const names: string[] = [];
  const pattern = template.split(fields).map((part, index) => {
    if (index % 2 === 0) return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    names.push(part);
    return { tag: '([A-Za-z0-9_][A-Za-z0-9._-]{0,127})', digest: '(sha(?:256|512):[0-9a-f]+)' }[part] ?? '([^\\s@]*?)';
  });
  const match = new RegExp(`^${pattern.join('')}$`).exec(text);
  const read = (name: string): string | null => match?.[names.indexOf(name) + 1] ?? null;
  return { tag: names.includes('tag') ? read('tag') : null, digest: names.includes('digest') ? read('digest') : null };
}
