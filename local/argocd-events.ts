import type { ApplicationStatus } from './argocd/application.ts';
import type { ApplicationOptions, Pace } from './argocd/options.ts';
import type { PlatformOptions } from './platform.ts';

/** The options of an Argo CD whose events are lines of text. Reports refreshes, and each new status of an application after its first one. */
export function watchArgoCd(
  applications: readonly ApplicationOptions[],
  pace: Partial<Pace>,
  onEvent: (application: string, text: string) => void,
): NonNullable<PlatformOptions['argoCd']> {
  /** Application → its last words. */
  const shown = new Map<string, string>();
  return {
    applications,
    pace,
    onRefresh(application, nextPollAt) {
      const pollAwayMs = nextPollAt - Date.now();
      onEvent(application.replace(/^.*\//, ''), `refreshed; its poll was ${Math.round(pollAwayMs / 1000)} s away`);
    },
    onChange({ metadata: { name }, status }) {
      const words = describe(status);
      const before = shown.get(name);
      if (words === undefined || before === words) return;
      shown.set(name, words);
      if (before !== undefined) onEvent(name, words);
    },
  };
}

/** The status of an Application in a few words; `undefined` between an operation and the comparison that belongs to it. */
function describe({ sync, health, operationState, reconciledAt }: ApplicationStatus): string | undefined {
  const { phase, finishedAt } = operationState ?? {};
  if (sync.status === 'OutOfSync' && phase === undefined) return undefined;
  if (finishedAt !== undefined && Date.parse(finishedAt) > Date.parse(reconciledAt)) return undefined;
  return [sync.status, ...(phase === undefined ? [] : [`sync ${phase.toLowerCase()}`]), health.status].join(', ');
}
