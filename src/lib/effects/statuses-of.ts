import { createHash } from 'node:crypto';
import type { Status } from '../git/statuses.ts';
import type { Member } from './member.ts';
import { standingOf } from './standing.ts';
import type { Standing } from './standing.ts';

const genre = 'argocd';
const longestDescription = 140;
/** GitHub accepts no longer context, genre included. */
const longestName = 240;

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
  return shortened(`${environment.name}/${application ?? deployment.update.route}`);
}

/** The applications that a deployment waits for, by its record, else by its route; `undefined` stands for the route. */
function parts({ deployment, environment }: Member): readonly (string | undefined)[] {
  const applications = deployment.applications ?? environment.application;
  return applications.length > 0 ? applications : [undefined];
}

/** Cuts a long name and keeps it unique. */
function shortened(name: string): string {
  if (name.length <= longestName) return name;
  const rest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${name.slice(0, longestName - rest.length - 1)}~${rest}`;
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

/** Cuts a text to a length, at a whole character. */
export function fit(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= length) return line;
  return `${line.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
