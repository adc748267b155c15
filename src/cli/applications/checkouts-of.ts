import { groupBy } from '../init/texts.ts';
import { textAt } from '../init/values.ts';
import type { SourceRepository } from './application.ts';
import type { ApplicationManifest, Checkout, Checkouts } from './place.ts';

/** Checkouts by repository and branch. `fallback` stands for every repository that no other checkout has. */
export function checkoutsOf(checkouts: readonly Checkout[], fallback?: Checkout): Checkouts {
  const byKey = groupBy(checkouts, ({ key }) => key);
  const manifests = findManifests([...checkouts, ...(fallback ? [fallback] : [])]);
  return {
    of: ({ url, key, branch }: SourceRepository) => {
      if (key === undefined || url === undefined) return undefined;
      const own = byKey.get(key) ?? [];
      return own.find((checkout) => checkout.branch === branch) ?? own[0] ?? (fallback && { ...fallback, url, key });
    },
    manifestOf: (application) => {
      const [name = '', namespace = ''] = application.name.split('/').toReversed();
      const { applicationSet } = application;
      return applicationSet === undefined
        ? (manifests.get(`Application ${namespace}/${name}`) ?? manifests.get(`Application /${name}`))
        : (manifests.get(`ApplicationSet ${namespace}/${applicationSet}`) ??
            manifests.get(`ApplicationSet /${applicationSet}`));
    },
  };
}

/** The Applications and ApplicationSets of checkouts, by kind, namespace (if the file has it) and name. */
function findManifests(checkouts: readonly Checkout[]): ReadonlyMap<string, ApplicationManifest> {
  const manifests = new Map<string, ApplicationManifest>();
  for (const checkout of checkouts) {
    for (const { path, documents } of checkout.files.values()) {
      for (const document of documents) {
        const kind = textAt(document, 'kind');
        if (kind !== 'Application' && kind !== 'ApplicationSet') continue;
        const name = textAt(document, 'metadata', 'name') ?? '';
        const namespace = textAt(document, 'metadata', 'namespace') ?? '';
        if (checkout.url !== '') manifests.set(`${kind} ${namespace}/${name}`, { checkout, file: path, kind });
      }
    }
  }
  return manifests;
}
