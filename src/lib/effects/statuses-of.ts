import { contextName, fit, longestDescription } from '../git/status-text.ts';
import type { Status } from '../git/statuses.ts';
import type { Member } from './member.ts';
import { standingOf } from './standing.ts';
import type { Standing } from './standing.ts';

const genre = 'argocd';

/**
 * One status for each context of the deployments. A context is an application of an environment, or the route if there is
 * no application. If several deployments share a context, the worst state is shown.
 *
 * @param link the page with details on a deployment, or on one of its applications
 */
export function statusesOf(
  members: readonly Member[],
  link: (member: Member, application: string | undefined) => string | undefined,
): readonly Status[] {
  const byContext = new Map<string, Standing[]>();
  for (const member of members) {
    const { deployment } = member;
    for (const application of parts(member)) {
      const context = contextOf(member, application);
      const url = link(member, application);
      const standing = { ...standingOf(deployment, application), ...(url === undefined ? {} : { url }) };
      byContext.set(context, [...(byContext.get(context) ?? []), standing]);
    }
  }
  return [...byContext].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, all]) => statusOf(name, all));
}

/** The contexts that a deployment has a part in. */
export function contextsOf(member: Member): readonly string[] {
  return parts(member).map((application) => contextOf(member, application));
}

function contextOf({ deployment, environment }: Member, application: string | undefined): string {
  return contextName(`${environment.name}/${application ?? deployment.update.route}`);
}

/** The applications that a deployment waits for, by its record, else by its route; `undefined` stands for the route. */
function parts({ deployment, environment }: Member): readonly (string | undefined)[] {
  const applications = deployment.applications ?? environment.application;
  return applications.length > 0 ? applications : [undefined];
}

function statusOf(name: string, standings: readonly Standing[]): Status {
  const weight = Math.max(...standings.map((standing) => standing.weight));
  const worst = standings.filter((standing) => standing.weight === weight);
  const [first] = worst.toSorted((a, b) => (a.text < b.text ? -1 : 1));
  const more = worst.length > 1 ? ` (and ${worst.length - 1} more)` : '';
  return {
    state: first?.state ?? 'notApplicable',
    context: { genre, name },
    description: `${fit(first?.text ?? '', longestDescription - more.length)}${more}`,
    ...(first?.url === undefined ? {} : { targetUrl: first.url }),
  };
}
