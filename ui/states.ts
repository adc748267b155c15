/** How a state is shown: by word, symbol and colour. */
export interface StateLook {
  readonly word: string;
  readonly symbol: string;
  readonly tone: 'good' | 'busy' | 'bad' | 'changed' | 'idle';
}

const looks: Readonly<Record<string, StateLook>> = {
  queued: { word: 'queued', symbol: '…', tone: 'idle' },
  committed: { word: 'committed', symbol: '●', tone: 'busy' },
  'pull-request': { word: 'pull request', symbol: '⑂', tone: 'busy' },
  syncing: { word: 'syncing', symbol: '↻', tone: 'busy' },
  healthy: { word: 'healthy', symbol: '✓', tone: 'good' },
  degraded: { word: 'degraded', symbol: '▼', tone: 'bad' },
  failed: { word: 'failed', symbol: '✕', tone: 'bad' },
  superseded: { word: 'superseded', symbol: '≠', tone: 'changed' },
  rejected: { word: 'rejected', symbol: '!', tone: 'bad' },
  abandoned: { word: 'given up', symbol: '∅', tone: 'bad' },
  'rolled-back': { word: 'rolled back', symbol: '↶', tone: 'changed' },
};

export const states: readonly string[] = Object.keys(looks);

/** A newer version of the app may have other states. */
export function lookOf(state: string): StateLook {
  return looks[state] ?? { word: state, symbol: '?', tone: 'idle' };
}
