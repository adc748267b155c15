import { isCollection, isPair, isScalar, visit, type Document } from 'yaml';
import { parseImageReference } from '../../lib/model/image-reference.ts';
import { isMap } from './values.ts';

/**
 * The values of a document at the places where they are written. A tag, a reference or a whole map that an alias repeats
 * has its place at the anchor. Names of images are kept, also those of a merge key.
 */
export function ownValues(document: Document): unknown {
  visit(document, {
    Alias(_, alias, path) {
      const pair = path.at(-1);
      const name = isPair(pair) ? pair.key : undefined;
      const key = isScalar(name) ? String(name.value) : '';
      const target = alias.resolve(document);
      if (isCollection(target))
        return key === '<<' ? document.createNode(namesOf(target.toJS(document))) : document.createNode(null);
      const text = isScalar(target) ? String(target.value) : '';
      const isTag = /tag$|digest$|^sha/i.test(key) || parseImageReference(text)?.tag !== undefined;
      return isTag ? document.createNode(null) : document.createNode(text);
    },
  });
  return document.toJS({ maxAliasCount: 100 });
}

function namesOf(map: unknown): unknown {
  if (!isMap(map)) return null;
  return Object.fromEntries(
    Object.entries(map).filter(
      ([key, value]) =>
        typeof value === 'string' && !/tag$|digest$|^sha/i.test(key) && parseImageReference(value)?.tag === undefined,
    ),
  );
}
