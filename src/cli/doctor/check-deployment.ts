import { isState } from '../../lib/model/deployment-states.ts';
import type { Finding } from '../finding.ts';
import type { UsedEnvironment } from '../used-environments.ts';
import type { SeenDeployment } from './check-app.ts';

/** Argo CD polls repositories every 3 minutes; the rest is time for the rollout. Milliseconds. */
const silentAfterMs = 15 * 60_000;

/** The state of an environment's latest push: the last sync result, if there is one. */
export function checkDeployment(
  { environment, route }: UsedEnvironment,
  last: SeenDeployment | undefined,
  now: Date,
): Finding {
  const what = 'sync result';
  if (!last) {
    const detail = 'no deployment is known yet';
    return { what, state: 'unknown', detail, fix: `push an image, or npx tagrelay send --image IMAGE` };
  }
  const { id, tag, state, code, reason, warning, updatedAt, progress = {}, applications = [] } = last;
  const of = Object.entries(progress).map(([application, one]) => {
    return `${application} ${one.state} at ${one.at}${one.reason === undefined ? '' : ` (${one.reason})`}`;
  });
  const detail = [`${tag} is ${state}`, ...of].join('; ');
  if (code === 'build-refused') {
    // As `from` is there to do: pushes of other branches.
    return { what, state: 'warning', detail: `the latest push was refused: ${reason ?? code}` };
  }
  if (isState(state, 'failing')) {
    const why = [code, reason].filter(Boolean).join(': ');
    const again = state === 'rejected' || state === 'abandoned' ? `, then npx tagrelay replay --id ${id}` : '';
    return {
      what,
      state: 'failed',
      detail: why === '' ? detail : `${detail} (${why})`,
      fix: `npx tagrelay status ${id}${again}`,
    };
  }
  const silent = applications.filter((application) => progress[application] === undefined);
  const isWaiting = state === 'committed' && silent.length > 0 && environment.application.length > 0;
  if (isWaiting && now.getTime() - Date.parse(updatedAt) > silentAfterMs) {
    return {
      what,
      state: 'failed',
      detail: `${tag} is committed since ${updatedAt}, and no sync result of ${silent.join(', ')} has come`,
      fix: `npx tagrelay connect argocd, and \`application\` of the route ${route}: is it [instance/]namespace/name?`,
    };
  }
  if (warning !== undefined) return { what, state: 'warning', detail: `${detail}: ${warning}` };
  return { what, state: 'ok', detail };
}
