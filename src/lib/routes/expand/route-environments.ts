import { expandEnvironment, type OpenEnvironment } from './expand-environment.ts';
import type { Report } from './expand-updates.ts';
import type { HostRules } from '../read/host-rules.ts';
import type { Step } from '../read/source-map.ts';
import type { ProblemCode } from '../read/problem-codes.ts';
import { checkPromotions } from './promotion.ts';
import type { PlaceholderValues } from '../read/placeholders.ts';
import type { MergedRoute } from './merged-route.ts';

export type ReportInEnvironment = (
  environment: string,
  code: ProblemCode,
  path: readonly Step[],
  message: string,
) => void;

/** Expands all environments of a route for one image, and checks them against each other. */
export function expandRoute(
  { environments }: Pick<MergedRoute, 'environments'>,
  captures: PlaceholderValues,
  hosts: HostRules,
  report: ReportInEnvironment,
  reportedIn?: MergedRoute['reportedIn'],
): ReadonlyMap<string, OpenEnvironment> {
  const expanded = new Map<string, OpenEnvironment>();
  for (const [name, settings] of environments) {
    const reportFault: Report = ({ code, message }, path) => {
      report(name, code, path, message);
    };
    const environment = expandEnvironment(name, settings, captures, hosts, reportFault, reportedIn?.(name));
    if (environment) expanded.set(name, environment);
  }
  checkPromotions(expanded, new Set(environments.keys()), report);
  checkApplications(expanded, report);
  return expanded;
}

function checkApplications(environments: ReadonlyMap<string, OpenEnvironment>, report: ReportInEnvironment): void {
  const owners = new Map<string, string>();
  for (const { name, application } of environments.values()) {
    for (const one of application) {
      const owner = owners.get(one);
      if (owner === undefined) owners.set(one, name);
      else
        report(
          name,
          'application-twice',
          ['application'],
          `\`${one}\` is already the application of the environment \`${owner}\`; expected one application per environment`,
        );
    }
  }
}
