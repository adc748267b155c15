import type { Node } from 'yaml';
import { imageName } from '../../model/image-reference.ts';
import type { ImageReference } from '../../model/image-reference.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { startOf } from '../yaml/structure.ts';

/** An image name in a file that is not the image of the update. */
export interface WrittenName {
  readonly name: string;
  /** The path of the name, for messages. */
  readonly path: string;
  readonly node: Node | null;
}

/**
 * Refuses a tag beside another image. With `adopt` the result is a warning.
 *
 * @throws Failure `another-image`
 */
export function refuseAnotherImage(
  file: EditableFile,
  { name, path, node }: WrittenName,
  image: ImageReference,
  adopt: boolean | undefined,
): string {
  const found = `${path} is ${JSON.stringify(name)}, and the pushed image is ${imageName(image)}`;
  if (adopt === true) return found;
  throw failureAt(
    file,
    'another-image',
    `${file.file}: ${found}. Correct the route or the file, or set \`adopt: true\` in the update for the switch.`,
    startOf(node),
  );
}
