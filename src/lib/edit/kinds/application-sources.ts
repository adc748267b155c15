import { isMap, isSeq } from 'yaml';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { find, lookup } from '../yaml/locate.ts';
import { keys } from '../../model/value-path.ts';
import type { Path } from '../../model/value-path.ts';
import { itemSlot, rootSlot, scalarText } from '../yaml/place.ts';
import type { Slot } from '../yaml/place.ts';

// Where the kinds of Argo CD keep the spec of an Application.
const specs: Readonly<Record<string, Path>> = {
  Application: keys('spec'),
  ApplicationSet: keys('spec', 'template', 'spec'),
};

/** An Application or ApplicationSet of a file. */
export interface Application {
  readonly resource: Slot;
  readonly kind: string;
  /** The spec of the Application, or of those that the ApplicationSet generates. */
  readonly spec: Path;
}

/** Every Application and ApplicationSet in the file. */
export function applicationsOf(file: EditableFile): readonly Application[] {
  return resources(file).flatMap((resource) => {
    const kind = (isMap(resource.node) && scalarText(lookup(file, resource.node, 'kind'))) || '';
    const spec = specs[kind];
    return spec ? [{ resource, kind, spec }] : [];
  });
}

/**
 * Every source of every Application and ApplicationSet in the file.
 *
 * @throws Failure `unexpected-kind` where the file has neither
 */
export function applicationSources(file: EditableFile): readonly Slot[] {
  const applications = applicationsOf(file);
  if (applications.length === 0) {
    throw failureAt(
      file,
      'unexpected-kind',
      `${file.file} has no Argo CD Application or ApplicationSet. Correct the file or the update kind in the route.`,
    );
  }
  return applications.flatMap((application) => sourcesOf(file, application));
}

/** The sources of an Application. */
export function sourcesOf(file: EditableFile, { resource, spec }: Application): readonly Slot[] {
  const single = find(file, resource, [...spec, ...keys('source')]);
  const several = find(file, resource, [...spec, ...keys('sources')]);
  return [...(single ? [single] : []), ...(several ? items(several) : [])];
}

/** The members of a list; none where the slot holds no list. */
export function items(slot: Slot): readonly Slot[] {
  const { node } = slot;
  return isSeq(node) ? Array.from(node.items.keys(), (index) => itemSlot(slot, node, index)) : [];
}

// Documents, and the members of a `kind: List`.
function resources(file: EditableFile): readonly Slot[] {
  return Array.from(file.documents.keys()).flatMap((index) => {
    const root = rootSlot(file, index);
    const list =
      isMap(root.node) && scalarText(lookup(file, root.node, 'kind')) === 'List'
        ? find(file, root, keys('items'))
        : undefined;
    return list ? items(list) : [root];
  });
}
