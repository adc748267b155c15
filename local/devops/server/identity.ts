import type { IdentityRef } from 'azure-devops-node-api/interfaces/common/VSSInterfaces.js';
import { guidOf } from './guid.ts';

/** The one user behind every token of the emulator. */
export const localIdentity = {
  id: guidOf('identity', 'tagrelay@localhost'),
  displayName: 'tagrelay (local)',
  uniqueName: 'tagrelay@localhost',
} as const;

/** The identity as it stands in answers. */
export function identityRef(base: string): IdentityRef {
  return {
    ...localIdentity,
    url: `${base}/_apis/Identities/${localIdentity.id}`,
    imageUrl: `${base}/_api/_common/identityImage?id=${localIdentity.id}`,
  };
}
