import { isMap } from 'yaml';
import { keys } from '../../model/value-path.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { find } from '../yaml/locate.ts';
import { keyText, pairSlot } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';
import { items } from './application-sources.ts';
import type { Application } from './application-sources.ts';

/** A generator of an ApplicationSet; those inside of `matrix` and `merge` too. */
export interface Generator {
  /** `list`, `git`, `clusters`, … */
  readonly type: string;
  readonly at: Slot;
}

export function generatorsOf(file: EditableFile, { resource, kind }: Application): readonly Generator[] {
  return kind === 'ApplicationSet' ? below(file, find(file, resource, keys('spec', 'generators'))) : [];
}

function below(file: EditableFile, list: Slot | undefined): readonly Generator[] {
  return (list ? items(list) : []).flatMap((item) => {
    const { node } = item;
    if (!isMap(node)) return [];
    return node.items.flatMap((pair): readonly Generator[] => {
      const type = keyText(file, pair);
      if (type === undefined || type === 'selector') return [];
      const at = pairSlot(item, node, pair, type);
      return type === 'matrix' || type === 'merge' ? below(file, find(file, at, keys('generators'))) : [{ type, at }];
    });
  });
}
