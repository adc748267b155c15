import { imageName } from '../../lib/model/image-reference.ts';
import type { RunningApplication } from './application.ts';
import type { ImageValue } from './find-in-values.ts';
import type { HelmOrigin } from './helm-layers.ts';
import { notFound, type Checkouts, type PlaceResult, type RunningImage } from './place.ts';

/** The place of an image that the Application itself sets: the manifest of the Application in Git. */
export function applicationPlace(
  application: RunningApplication,
  image: RunningImage,
  checkouts: Checkouts,
  origin: Exclude<HelmOrigin, { kind: 'file' }> | { readonly kind: 'kustomize' },
  value?: ImageValue<unknown>,
): PlaceResult {
  const set = setBy(origin);
  if (origin.kind === 'application' && origin.field === 'values')
    return notFound(`${set} sets it, as text, which routes do not write; use valuesObject or a value file`);
  const manifest = checkouts.manifestOf(application);
  if (!manifest) return notFound(`${set} sets it, and no checkout has the manifest of the Application`);
  if (manifest.kind === 'ApplicationSet')
    return notFound(`${set} sets it, and ${manifest.file} generates the Application; write the route by hand`);
  const { url, key, branch } = manifest.checkout;
  const [tag] = image.tags;
  const parameters = origin.kind === 'parameter' && value ? { parameters: { [value.kind]: origin.name } } : {};
  return {
    kind: 'found',
    places: [
      {
        repository: { url, key, text: url, ...(branch !== undefined && { branch }) },
        notes: [],
        found: {
          image: imageName(image.name),
          file: manifest.file,
          target: { kind: 'application', ...parameters },
          ...(tag !== undefined && { tag }),
        },
      },
    ],
  };
}

function setBy(origin: Exclude<HelmOrigin, { kind: 'file' }> | { readonly kind: 'kustomize' }): string {
  if (origin.kind === 'kustomize') return 'kustomize.images of the Application';
  return origin.kind === 'parameter'
    ? `the parameter ${origin.name} of the Application`
    : `helm.${origin.field} of the Application`;
}
