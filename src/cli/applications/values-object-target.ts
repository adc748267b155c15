import { keys, type Path } from '../../lib/model/value-path.ts';
import type { FoundImage } from '../init/found-image.ts';
import { at, listAt, textAt } from '../init/values.ts';
import type { ImageValue } from './find-in-values.ts';
import { mergeValues, valueAt } from './merge-values.ts';

/** The scalar of `helm.valuesObject` in the manifest of an Application that is the value. */
export function valuesObjectTarget(
  documents: readonly unknown[],
  application: string,
  { kind, path, tag, hasDigest }: ImageValue<unknown>,
): FoundImage['target'] | undefined {
  const document = documents.find(
    (one) => textAt(one, 'kind') === 'Application' && textAt(one, 'metadata', 'name') === application,
  );
  const sources: readonly (readonly [Path, unknown])[] = [
    [keys('spec', 'source'), at(document, 'spec', 'source')],
    ...listAt(document, 'spec', 'sources').map(
      (source, index) => [[...keys('spec', 'sources'), { kind: 'index', index }], source] as const,
    ),
  ];
  const found = sources.find(([, source]) => {
    const values = mergeValues([{ origin: undefined, values: at(source, 'helm', 'valuesObject') }]);
    const scalar = valueAt(values, path);
    return scalar?.kind === 'scalar' && (scalar.text === tag || scalar.text.includes(`:${tag}`));
  });
  if (!found) return undefined;
  const whole = `{repository}:{tag}${hasDigest === true ? '@{digest}' : ''}`;
  return {
    kind: 'yaml',
    path: [...found[0], ...keys('helm', 'valuesObject'), ...path],
    value: kind === 'image' ? whole : '{tag}',
  };
}
