import type { IdentityRef } from 'azure-devops-node-api/interfaces/common/VSSInterfaces.js';
import { guidOf } from './guid.ts';

/** The one user behind every token of the emulator. */
export const localIdentity = {
  id: guidOf('identity', 'tagrelay@localhost'),
  displayName: 'tagrelay (local)',
  uniqueName: 'tagrelay@localhost',
} as const;

/** Somebody of the organization. */
export interface Identity {
  readonly id: string;
  readonly displayName: string;
  readonly uniqueName: string;
  readonly mail: string;
  /** False for people who have left. */
  readonly isActive: boolean;
}

/** A person or group to be known, by display name and mail address. */
export interface IdentityOptions {
  readonly displayName: string;
  readonly mail: string;
  readonly isActive?: boolean;
}

export function makeIdentity({ displayName, mail, isActive = true }: IdentityOptions): Identity {
  return { id: guidOf('identity', mail), displayName, uniqueName: mail, mail, isActive };
}

/** The identity of the caller in the form of answers. */
export function identityRef(
  base: string,
  { id, displayName, uniqueName }: Pick<Identity, 'id' | 'displayName' | 'uniqueName'> = localIdentity,
): IdentityRef {
  return {
    id,
    displayName,
    uniqueName,
    url: `${base}/_apis/Identities/${id}`,
    imageUrl: `${base}/_api/_common/identityImage?id=${id}`,
  };
}
