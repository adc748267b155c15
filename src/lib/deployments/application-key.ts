import { hashKey } from '../storage/row-key.ts';

/** Names an application in the key of a partition. Names that Kubernetes does not allow, and long ones, are hashed. */
export function applicationKey(application: string): string {
  return /^[A-Za-z0-9._/-]{1,300}$/.test(application) ? application.replaceAll('/', '|') : hashKey(application);
}
