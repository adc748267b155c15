import { makeArgoCdApi } from '../../lib/argocd/argocd-api.ts';
import type { ArgoCdInstances } from '../../lib/argocd/read-instances.ts';
import { AnswerCache } from '../../lib/async/answer-cache.ts';
import { atMost } from '../../lib/async/at-most.ts';
import type { Clock } from '../../lib/model/clock.ts';
import { Failure } from '../../lib/model/failure.ts';
import { isOfTag } from '../../lib/routes/preview.ts';
import { instanceOf } from '../../lib/routes/expand/application-name.ts';
import { finding, type Finding } from '../finding.ts';
import type { UsedEnvironment } from '../used-environments.ts';

const atOnce = 4;

/**
 * Checks the applications of environments by reading them with the app's token. Each is read once. An Argo CD that refuses
 * the token, or does not answer, is asked no further.
 */
export function makeCheckArgoCd(
  instances: ArgoCdInstances,
  now: Clock,
): (one: UsedEnvironment) => Promise<readonly Finding[]> {
  const argoCd = makeArgoCdApi({ instances, now });
  const read = new AnswerCache<Omit<Finding, 'what'>>({ max: 10_000, keepsFailures: true });
  const heldBy = new AnswerCache<Finding | undefined>({ max: 10_000 });
  const refused = new Map<string, Failure>();

  async function readOne(application: string, syncs: boolean): Promise<Omit<Finding, 'what'>> {
    const instance = instanceOf(application) ?? '';
    const known = refused.get(instance);
    if (known) throw known;
    try {
      const result = await argoCd.getApplication(application);
      const detail = result ? `${result.sync.status}, ${result.health.status}` : 'not compared yet';
      if (!syncs || result?.syncPolicy?.isAutomated === true) {
        return { state: 'ok', detail: `${application} is ${detail}` };
      }
      const { isAllowed, object } = await argoCd.maySync(application);
      if (isAllowed) return { state: 'ok', detail: `${application} is ${detail}, and may be synced` };
      return {
        state: 'failed',
        detail: `${application} is ${detail}; the account of ARGOCD_TOKEN may not sync it, as \`argocd.sync\` of the route needs`,
        fix: `the missing right: p, ACCOUNT, applications, sync, ${object}, allow (npx tagrelay connect argocd)`,
      };
    } catch (error) {
      if (error instanceof Failure && error.kind === 'retryable') refused.set(instance, error);
      throw error;
    }
  }

  /**
   * Reads the holder of an Application, and tries the right to sync it. An unreadable Application has a finding
   * already.
   */
  async function checkHolder(application: string, syncs: boolean): Promise<Finding | undefined> {
    if (refused.has(instanceOf(application) ?? '')) return undefined;
    try {
      await argoCd.getApplication(application);
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
    const checked = await finding(
      'argo cd',
      async () => {
        const holder = await argoCd.getHolder(application);
        if (syncs && holder && holder.result.syncPolicy?.isAutomated !== true) return readOne(holder.application, true);
        return { state: 'ok', detail: `${application}: its holder may be refreshed` };
      },
      ({ code }) => (code === 'argocd-permission-denied' ? holderFix : fixOf(code, application)),
    );
    return checked.state === 'ok' ? undefined : checked;
  }

  return async ({ environment, twin }) => {
    if (twin !== undefined) return [];
    // Others exist as long as their pull request.
    const lasting = environment.application.filter((application) => !isOfTag(application));
    const applications = lasting.filter((application) => argoCd.knows(application));
    const isHeld = environment.update.some(({ kind }) => kind === 'application');
    const isUnknown = applications.length < Math.max(lasting.length, 1);
    const isSyncUnused = environment.argocd.sync && isUnknown;
    const found = await atMost(atOnce, applications, (application) =>
      finding(
        'argo cd',
        () =>
          read.get(`${application} ${environment.argocd.sync}`, () => readOne(application, environment.argocd.sync)),
        ({ code }) => fixOf(code, application),
      ),
    );
    const holders = await atMost(atOnce, isHeld ? applications : [], (application) =>
      heldBy.get(`${application} ${environment.argocd.sync}`, () => checkHolder(application, environment.argocd.sync)),
    );
    return [...found, ...holders.flatMap((one) => one ?? []), ...(isSyncUnused ? [syncUnused] : [])];
  };
}

const holderFix =
  'the missing right, of the ApplicationSet or of the application that holds it: p, ACCOUNT, applicationsets, get, PROJECT/*, allow and p, ACCOUNT, applications, get, PROJECT/*, allow (npx tagrelay connect argocd FILE…)';

const syncUnused: Finding = {
  what: 'argo cd',
  state: 'warning',
  detail: '`argocd.sync` has no effect without `application`, ARGOCD_URL and its token',
  fix: 'set them, or remove `argocd.sync`',
};

function fixOf(code: Failure['code'], application: string): string {
  const [name = '', namespace = ''] = application.split('/').toReversed();
  if (code === 'argocd-permission-denied')
    return `the missing right: p, ACCOUNT, applications, get, PROJECT/*, allow (npx tagrelay connect argocd); else correct the application: kubectl get application ${name} --namespace ${namespace}`;
  if (code === 'argocd-sign-in-failed')
    return 'argocd account generate-token --account tagrelay, and set the token as ARGOCD_TOKEN';
  if (code === 'argocd-application-not-found')
    return 'correct `application` of the route: kubectl get applications --all-namespaces shows the names';
  return `see ${code} in docs/errors.md`;
}
