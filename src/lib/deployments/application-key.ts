import { createHash } from 'node:crypto';

/** Names an application in the key of a partition, which takes no slash and no more than 512 characters. */
export function applicationKey(application: string): string {
  if (application.length <= 300) return application.replaceAll('/', '|');
  return createHash('sha256').update(application).digest('hex');
}
