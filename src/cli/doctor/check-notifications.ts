import { countNotified, mostNotified } from '../../lib/argocd/count-notified.ts';
import { argoCdAccess, type ArgoCdAccess, type ArgoCdInstances } from '../../lib/argocd/read-instances.ts';
import { atMost } from '../../lib/async/at-most.ts';
import { Failure } from '../../lib/model/failure.ts';
import type { Clock } from '../../lib/model/clock.ts';
import { instanceOf } from '../../lib/routes/expand/application-name.ts';
import type { PlaceFindings } from '../access/check-access.ts';
import type { Finding } from '../finding.ts';
import type { UsedEnvironment } from '../used-environments.ts';

const atOnce = 4;
const fix = 'npx tagrelay connect argocd FILE… subscribes the applications of the routes; then remove the subscription';

/** Warns of an Argo CD with a subscription for all applications, if their number makes notifications late. */
export async function checkNotifications(
  used: readonly UsedEnvironment[],
  instances: ArgoCdInstances,
  now: Clock,
): Promise<readonly PlaceFindings[]> {
  const names = new Set(used.flatMap(({ environment }) => environment.application.map((one) => instanceOf(one))));
  const found = [...names].flatMap((name) => argoCdAccess(instances, name) ?? []);
  return atMost(atOnce, found, async (access) => ({
    place: access.publicUrl,
    findings: [await check(access, now)],
  }));
}

async function check(access: ArgoCdAccess, now: Clock): Promise<Finding> {
  const what = 'notifications';
  try {
    const { all, subscribedByAll } = await countNotified(access, { now });
    if (subscribedByAll <= mostNotified) return { what, state: 'ok', detail: `${all} applications may be read` };
    const detail = `a subscription for all applications: ${subscribedByAll} of ${all} send notifications, and Argo CD evaluates two a second`;
    return { what, state: 'warning', detail, fix };
  } catch (error) {
    // The checks of the applications report it as failed.
    if (error instanceof Failure) return { what, state: 'unknown', detail: `${error.code}: ${error.message}` };
    throw error;
  }
}
