import { instanceOf } from '../expand/application-name.ts';
import { didYouMean } from '../read/suggest.ts';
import type { Environment } from '../route.ts';
import type { MergedRoute } from '../expand/merged-route.ts';

/**
 * If one application names an Argo CD instance, all must: the secret of a result authenticates one instance. `known` lists
 * the instances with a secret; `undefined` if `ARGOCD_SECRETS` is unset.
 */
export function checkApplicationInstances(
  routes: readonly MergedRoute[],
  environments: ReadonlyMap<MergedRoute, readonly Environment[]>,
  known: readonly string[] | undefined,
): void {
  const uses = routes.flatMap((route) =>
    (environments.get(route) ?? []).flatMap(({ name, application }) =>
      application.map((one) => ({ route, name, application: one })),
    ),
  );
  const named = uses.find(({ application }) => instanceOf(application) !== undefined);
  if (!named && known === undefined) return;
  for (const { route, name, application } of uses) {
    const instance = instanceOf(application);
    if (instance === undefined) {
      const why = named ? `\`${named.application}\` names one` : 'ARGOCD_SECRETS is set';
      route.reportIn(
        name,
        'application-instance',
        ['application'],
        `\`${application}\` does not name an Argo CD instance, but ${why}; expected instance/${application} everywhere`,
      );
    } else if (!known?.includes(instance)) {
      const near = known ? didYouMean(instance, known) : '';
      route.reportIn(
        name,
        'instance-unknown',
        ['application'],
        `the instance \`${instance}\` has no secret in ARGOCD_SECRETS, so its results get 403 and deployments never settle${near}`,
      );
    }
  }
}
