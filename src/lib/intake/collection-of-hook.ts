import { canonicalCollection, parseRepositoryUrl } from '../net/repository-url.ts';
import type { HookPlace } from './devops-event.ts';
import { withoutUser } from './without-user.ts';

/** The collection that a hook names, else that of its repository; `undefined` if neither is an address. */
export function collectionOfHook(place: HookPlace, remoteUrl: string | null | undefined): string | undefined {
  if (place.collection) return canonicalCollection(place.collection);
  const address = remoteUrl ? parseRepositoryUrl(withoutUser(remoteUrl)) : undefined;
  return address && 'kind' in address && address.kind === 'azure-repos' ? address.collection : undefined;
}
