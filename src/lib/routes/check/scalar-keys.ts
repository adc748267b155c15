import { formatPath } from '../../model/value-path.ts';
import type { ApplicationEdit, FileEdit } from '../../model/file-edit.ts';
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
      return applicationKeys(image, update);
    case 'chart':
      return [`dependencies[name=${update.dependency}]`];
    default:
      return update satisfies never;
  }
}

function applicationKeys(image: string, { element, parameters }: ApplicationEdit): readonly string[] {
  const names = parameters && Object.values(parameters);
  if (!element) return names ? names.map((name) => `helm parameter ${name}`) : [`sources of ${image}`];
  const prefix = `elements${formatPath([element])}`;
  return names ? names.map((name) => `${prefix}.${name}`) : [`${prefix} of ${image}`];
}
