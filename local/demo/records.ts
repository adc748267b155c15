import type { DeploymentView } from '../../src/lib/deployments/deployment-view.ts';
import type { Platform } from '../platform.ts';
import { Missing, until } from './missing.ts';

/** Reads deployments by the API of the app. */
export interface Records {
  readonly list: (query: Readonly<Record<string, string>>) => Promise<readonly DeploymentView[]>;
  /**
   * The deployment of a tag once it has this state.
   *
   * @throws {Missing} with its state and reason, where it cannot reach the state any more
   */
  readonly follow: (environment: string, tag: string, state: DeploymentView['state']) => Promise<DeploymentView>;
}

const ends = new Set(['healthy', 'superseded', 'rejected', 'abandoned', 'rolled-back']);

export function readRecords({ functions, key }: Platform, route: string, signal: AbortSignal): Records {
  async function list(query: Readonly<Record<string, string>>): Promise<readonly DeploymentView[]> {
    const search = new URLSearchParams({ route, ...query });
    const response = await fetch(`${functions}/api/deployments?${search.toString()}`, {
      headers: { 'x-functions-key': key },
      signal,
    });
    if (!response.ok) throw new Missing(`GET /api/deployments: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { readonly deployments: readonly DeploymentView[] }).deployments;
  }
  return {
    list,
    follow(environment, tag, state) {
      let last: DeploymentView | undefined;
      return until(
        `${environment}: ${tag} ${state}`,
        async () => {
          [last] = await list({ environment, tag });
          if (last && last.state !== state && ends.has(last.state)) throw new Missing(describe(last, state));
          return last?.state === state ? last : undefined;
        },
        signal,
      ).catch((error: unknown) => {
        const isLate = error instanceof Missing && last !== undefined && !ends.has(last.state);
        throw isLate && last ? new Missing(`${error.message}; ${describe(last, state)}`, { cause: error }) : error;
      });
    },
  };
}

function describe(
  { environment, tag, state, code, reason, recovery }: DeploymentView,
  wanted: DeploymentView['state'],
): string {
  const why = [code, reason, recovery].filter((part) => part !== undefined && part !== '').join(': ');
  return `${environment}: ${tag} is ${state}, not ${wanted}${why === '' ? '' : ` (${why})`}`;
}
