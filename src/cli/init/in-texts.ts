import { parse } from 'yaml';
import type { FoundImage } from './found-image.ts';
import { globalRegistry, inValues } from './in-values.ts';
import type { ScannedFile } from './scan.ts';
import { at, isMap, listAt, textAt } from './values.ts';

const inHelmValues = 'it is in the text `helm.values`, which tagrelay does not edit: write `helm.valuesObject`';
const inPatch = 'it is in the text of a patch, which tagrelay does not edit: write `images` of the kustomization';

/** Images in texts of YAML inside of YAML, with the reason why no route writes them. */
export function inTexts(
  files: readonly ScannedFile[],
): readonly { readonly found: FoundImage; readonly reason: string }[] {
  return files.flatMap((file) =>
    file.documents.flatMap((document) => [
      ...valuesTexts(document).flatMap((text) => imagesIn(text, file.path, inHelmValues)),
      ...patchTexts(file.path, document).flatMap((text) => imagesIn(text, file.path, inPatch)),
    ]),
  );
}

function valuesTexts(document: unknown): readonly string[] {
  const kind = textAt(document, 'kind');
  const spec = kind === 'ApplicationSet' ? at(document, 'spec', 'template', 'spec') : at(document, 'spec');
  if (kind !== 'Application' && kind !== 'ApplicationSet') return [];
  return [at(spec, 'source'), ...listAt(spec, 'sources')].flatMap((source) => textAt(source, 'helm', 'values') ?? []);
}

function patchTexts(path: string, document: unknown): readonly string[] {
  if (!/(?:^|\/)kustomization(?:\.ya?ml)?$/i.test(path)) return [];
  return [
    ...listAt(document, 'patches').flatMap((patch) => textAt(patch, 'patch') ?? []),
    ...listAt(document, 'patchesJson6902').flatMap((patch) => textAt(patch, 'patch') ?? []),
    ...listAt(document, 'patchesStrategicMerge').filter((patch) => typeof patch === 'string' && patch.includes('\n')),
  ].map(String);
}

function imagesIn(text: string, file: string, reason: string): readonly { found: FoundImage; reason: string }[] {
  let values: unknown;
  try {
    values = parse(text, { logLevel: 'silent' });
  } catch {
    return []; // A template. Its references are listed as texts.
  }
  const registry = isMap(values) ? globalRegistry(values) : undefined;
  const context = { file, ...(registry !== undefined && { registry }), nameElsewhere: () => undefined };
  return inValues(values, context).map((found) => ({ found, reason }));
}
