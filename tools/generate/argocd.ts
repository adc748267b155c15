import { notificationFiles } from '../../src/lib/argocd/notifications/files.ts';

/** The notification configuration of Argo CD in `infra/argocd/`. Keys are paths from the repository's root. */
export function argoCdFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(notificationFiles()).map(([name, text]) => [`infra/argocd/${name}`, text]));
}
