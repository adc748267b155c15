import { imageName } from '../../lib/model/image-reference.ts';
import { keys } from '../../lib/model/value-path.ts';
import type { FoundImage } from '../init/found-image.ts';
import type { OverrideFile, RunningApplication } from './application.ts';
import { findInGenerators } from './find-in-generators.ts';
import type { ImageValue } from './find-in-values.ts';
import type { HelmOrigin } from './helm-layers.ts';
import { valuesObjectTarget } from './values-object-target.ts';
import {
  notFound,
  writable,
  type ApplicationManifest,
  type Checkouts,
  type PlaceResult,
  type RunningImage,
} from './place.ts';

/** The place where an Application sets an image: not in a file that its source renders. */
export type SetByApplication =
  | Exclude<HelmOrigin, { kind: 'file' }>
  | { readonly kind: 'kustomize'; readonly index: number; readonly text: string; readonly override?: OverrideFile };

/** The place of an image that the Application itself sets: its manifest, or the file that overrides its source. */
export function applicationPlace(
  application: RunningApplication,
  image: RunningImage,
  checkouts: Checkouts,
  origin: SetByApplication,
  value?: ImageValue<unknown>,
): PlaceResult {
  if (origin.kind !== 'application' && origin.override) return overridePlace(image, origin, origin.override, value);
  const set = setBy(origin);
  if (origin.kind === 'application' && origin.field === 'values')
    return notFound(`${set} sets it, as text, which routes do not write; use valuesObject or a value file`);
  const manifest = checkouts.manifestOf(application);
  if (!manifest) return notFound(`${set} sets it, and no checkout has the manifest of the Application`);
  if (manifest.kind === 'ApplicationSet') {
    const place = findInGenerators(application, image, manifest, checkouts);
    if (place) return { kind: 'found', places: [place] };
    return notFound(`${set} sets it, and ${manifest.file} generates the Application; write the route by hand`);
  }
  const { url, key, branch } = manifest.checkout;
  const [tag] = image.tags;
  const target = targetOf(application, manifest, origin, value);
  if (!target) return notFound(`${set} sets it, and ${manifest.file} has another value`);
  return {
    kind: 'found',
    places: [
      {
        repository: { url, key, text: url, ...(branch !== undefined && { branch }) },
        notes: [],
        found: {
          image: imageName(image.name),
          file: manifest.file,
          target,
          ...(tag !== undefined && { tag }),
        },
      },
    ],
  };
}

function targetOf(
  { name }: RunningApplication,
  { checkout, file }: ApplicationManifest,
  origin: SetByApplication,
  value: ImageValue<unknown> | undefined,
): FoundImage['target'] | undefined {
  if (origin.kind === 'application' && value) {
    const documents = checkout.files.get(file)?.documents ?? [];
    return valuesObjectTarget(documents, name.slice(name.lastIndexOf('/') + 1), value);
  }
  const parameters = origin.kind === 'parameter' && value ? { parameters: { [value.kind]: origin.name } } : {};
  return { kind: 'application', ...parameters };
}

/** One scalar of the file that overrides a source. */
function overridePlace(
  { name, tags }: RunningImage,
  origin: Exclude<SetByApplication, { kind: 'application' }>,
  { repository, file }: OverrideFile,
  value: ImageValue<unknown> | undefined,
): PlaceResult {
  const target = writable(repository);
  if ('reason' in target) return notFound(target.reason);
  const [tag] = tags;
  const found = { image: imageName(name), file, target: scalarOf(origin, value), ...(tag !== undefined && { tag }) };
  return { kind: 'found', places: [{ repository: target.repository, notes: [], found }] };
}

function scalarOf(
  origin: Exclude<SetByApplication, { kind: 'application' }>,
  value: ImageValue<unknown> | undefined,
): FoundImage['target'] {
  if (origin.kind === 'parameter') {
    const member = { kind: 'member' as const, field: 'name', value: origin.name };
    const path = [...keys('helm', 'parameters'), member, ...keys('value')];
    return { kind: 'yaml', path, value: value?.kind === 'image' ? '{repository}:{tag}' : '{tag}' };
  }
  const equals = origin.text.indexOf('=') + 1;
  const path = [...keys('kustomize', 'images'), { kind: 'index' as const, index: origin.index }];
  return { kind: 'yaml', path, value: `${origin.text.slice(0, equals)}{repository}:{tag}` };
}

function setBy(origin: SetByApplication): string {
  if (origin.kind === 'kustomize') return 'kustomize.images of the Application';
  return origin.kind === 'parameter'
    ? `the parameter ${origin.name} of the Application`
    : `helm.${origin.field} of the Application`;
}
