import type { ApplicationStatus } from './argocd/application.ts';
import type { ApplicationOptions, Pace } from './argocd/options.ts';
import type { PlatformOptions } from './platform.ts';

/** The options of an Argo CD whose events are lines of text. */
export interface WatchedArgoCd {
  readonly options: NonNullable<PlatformOptions['argoCd']>;
  /** How far away Argo CD's poll was at the last refresh, in milliseconds. */
  readonly pollAwayMs: () => number | undefined;
}

/** Reports refreshes, and each new status of an application after its first one. */
export function watchArgoCd(
  applications: readonly ApplicationOptions[],
  pace: Partial<Pace>,
  onEvent: (text: string) => void,
): WatchedArgoCd {
  let pollAwayMs: number | undefined;
  /** Application → its last words. */
  const shown = new Map<string, string>();
  return {
    pollAwayMs: () => pollAwayMs,
    options: {
      applications,
      pace,
      onRefresh(application, nextPollAt) {
        pollAwayMs = nextPollAt - Date.now();
        onEvent(`${application.replace(/^.*\//, '')}: refreshed; its poll was ${Math.round(pollAwayMs / 1000)} s away`);
      },
      onChange({ metadata: { name }, status }) {
        const words = describe(status);
        const before = shown.get(name);
        if (words === undefined || before === words) return;
        shown.set(name, words);
        if (before !== undefined) onEvent(`${name}: ${words}`);
      },
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
