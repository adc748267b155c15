import { parseLogLine } from '../../src/lib/model/log.ts';

/** The notification of an application that is synced and healthy. */
export function healthyNotification({
  application,
  repository,
  revision,
  image,
}: Readonly<Record<'application' | 'repository' | 'revision' | 'image', string>>): object {
  const [startedAt, finishedAt] = [new Date(Date.now() - 200).toISOString(), new Date().toISOString()];
  return {
    application: { name: application, namespace: 'argocd' },
    source: { repoURL: repository, path: '.', targetRevision: 'main' },
    sync: { status: 'Synced', revision },
    health: { status: 'Healthy', lastTransitionTime: finishedAt },
    operation: { phase: 'Succeeded', message: 'successfully synced', startedAt, finishedAt, revision },
    images: [image],
    reconciledAt: finishedAt,
  };
}

type Match = (event: string, route: string) => boolean;

/** The log of the app. */
export function makeLines() {
  const counted = new Map<string, { readonly event: string; readonly route: string }>();
  const waiting = new Set<{ readonly isDue: () => boolean; readonly resolve: () => void }>();
  const last: { event: string; route: string }[] = [];
  const until = (isDue: () => boolean): Promise<void> =>
    new Promise((resolve) => (isDue() ? resolve() : waiting.add({ isDue, resolve })));
  const matching = (matches: Match): number =>
    [...counted.values()].filter(({ event, route }) => matches(event, route)).length;
  return {
    add(text: string): void {
      const { event, fields } = parseLogLine(text) ?? {};
      const { route, update } = fields ?? {};
      if (event === undefined || route === undefined) return;
      last.push({ event, route });
      if (update !== undefined) counted.set(`${event} ${update}`, { event, route });
      for (const one of waiting) {
        if (!one.isDue()) continue;
        waiting.delete(one);
        one.resolve();
      }
    },
    next(event: string, route: string): Promise<void> {
      return until(() => last.some((line) => line.event === event && line.route === route));
    },
    matching,
    count: (matches: Match, count: number): Promise<void> => until(() => matching(matches) >= count),
  };
}
