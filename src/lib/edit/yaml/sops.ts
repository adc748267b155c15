import { isMap, isScalar } from 'yaml';
import { failureAt } from './editable-file.ts';
import type { EditableFile } from './editable-file.ts';
import { lookup } from './locate.ts';
import { placeLabel, rootSlot, scalarText, valueNode } from './place.ts';
import type { Gap, Slot } from './place.ts';
import { startOf } from './structure.ts';

/**
 * Refuses a change after which SOPS could not decrypt the file: of an encrypted value, of a value that the MAC of the
 * file covers, and of a new or empty value that SOPS would encrypt by its rules.
 *
 * @throws Failure `encrypted-by-sops`
 */
export function refuseSops(file: EditableFile, place: Slot | Gap): void {
  const node = valueNode(place);
  const where = placeLabel(file, place);
  const offset = startOf(node) ?? startOf(place.kind === 'slot' ? place.pair : place.container.node);
  const text = scalarText(node) ?? '';
  if (/^ENC\[[^\]]*\]$/.test(text.trim())) {
    throw failureAt(
      file,
      'encrypted-by-sops',
      `${file.file}: ${where} is an encrypted value. Move the image into a file that is not encrypted, or exclude its keys from encryption (\`unencrypted_regex\`) with \`mac_only_encrypted: true\`.`,
      offset,
    );
  }
  const seal = sealOf(file);
  if (seal === undefined || (seal === 'encrypted values' && place.kind === 'slot' && text !== '')) return;
  const reason =
    seal === 'all values'
      ? `its MAC covers ${where}, so SOPS could not decrypt the file after a change`
      : `${where} has no value, and SOPS would expect a new value to be encrypted if its rules cover the key`;
  throw failureAt(
    file,
    'encrypted-by-sops',
    `${file.file} is encrypted by SOPS: ${reason}. Move the image into a file that is not encrypted, or encrypt this one with \`mac_only_encrypted: true\` and write the value there once.`,
    offset,
  );
}

type Seal = 'all values' | 'encrypted values' | undefined;

/** Each change of a file asks. */
const seals = new WeakMap<EditableFile, { readonly seal: Seal }>();

function sealOf(file: EditableFile): Seal {
  const known = seals.get(file) ?? { seal: readSeal(file) };
  seals.set(file, known);
  return known.seal;
}

/** The values that the MAC of a file covers; every document of an encrypted file has the metadata. */
function readSeal(file: EditableFile): Seal {
  for (const index of file.documents.keys()) {
    const root = rootSlot(file, index).node;
    const metadata = isMap(root) ? lookup(file, root, 'sops') : null;
    if (!isMap(metadata) || !isScalar(lookup(file, metadata, 'mac'))) continue;
    return scalarText(lookup(file, metadata, 'mac_only_encrypted')) === 'true' ? 'encrypted values' : 'all values';
  }
  return undefined;
}
