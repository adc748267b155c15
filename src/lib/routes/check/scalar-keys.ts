import { formatPath } from '../../model/value-path.ts';
import type { FileEdit } from '../../model/file-edit.ts';
import type { OpenEnvironment } from '../expand/expand-environment.ts';

/** Keys of the scalars that updates write; equal keys mean that two updates overwrite each other. */
export function scalarKeys(
  image: string,
  { address, branch = '', update }: Pick<OpenEnvironment, 'address' | 'branch' | 'update'>,
): readonly string[] {
  return update.flatMap((one) =>
    keysOf(image, one).map((scalar) => [address.key, branch, one.file, scalar].join('\n')),
  );
}

function keysOf(image: string, update: FileEdit): readonly string[] {
  switch (update.kind) {
    case 'helm': {
      const { values } = update;
      const paths = 'image' in values ? [values.image] : [values.tag, values.digest, values.repository];
      return paths.filter((path) => path !== undefined).map(formatPath);
    }
    case 'yaml':
      return [formatPath(update.path)];
    case 'kustomize':
      return [`images[name=${update.name ?? image}]`];
    case 'manifest':
      return [`container ${update.container ?? '*'} of ${image}`];
    case 'application':
      return update.parameters
        ? Object.values(update.parameters).map((name) => `helm parameter ${name}`)
        : [`sources of ${image}`];
    case 'chart':
      return [`dependencies[name=${update.dependency}]`];
    default:
      return update satisfies never;
  }
}
