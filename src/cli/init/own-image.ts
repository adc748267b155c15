import { matchesGlob } from '../../lib/routes/match/glob.ts';

const azureRegistry = /\.azurecr\.(?:io|cn|us)$/;

/** Whether a host is a registry of Azure, which needs no setting and returns when it received an image. */
export function isAzureRegistry(host: string): boolean {
  return azureRegistry.test(host);
}

/** Whether routes are proposed for an image: those of `--image`, else those of Azure's registries and of `REGISTRIES`. */
export function isOwnImage(
  image: string,
  { images, registries }: { readonly images?: string | undefined; readonly registries: readonly string[] },
): boolean {
  const registry = registryOf(image);
  return images === undefined
    ? azureRegistry.test(registry) || registries.includes(registry)
    : matchesGlob(images, image, 'path');
}

/** The registries that the settings have to allow. */
export function registriesToName(images: readonly string[], registries: readonly string[]): readonly string[] {
  return [...new Set(images.map(registryOf))].filter(
    (registry) => !azureRegistry.test(registry) && !registries.includes(registry),
  );
}

/** A note for each registry that the settings have to allow. */
export function registryNotes(images: readonly string[], registries: readonly string[]): readonly string[] {
  return registriesToName(images, registries).map(
    (registry) => `the setting REGISTRIES must name ${registry}, or these routes do not load`,
  );
}

function registryOf(image: string): string {
  return image.slice(0, image.indexOf('/'));
}
