import { instanceOf } from '../../lib/routes/expand/application-name.ts';
import { isOfTag } from '../../lib/routes/preview.ts';
import { fixed, type UsedEnvironment } from '../used-environments.ts';

/** The applications of one Argo CD that routes name. */
export interface RoutedApplications {
  readonly byNamespace: ReadonlyMap<string, readonly string[]>;
  /** An update edits the manifest of an Application, so its ApplicationSet is read. */
  readonly areHeld: boolean;
  /** An environment wants syncs to be started. */
  readonly areSynced: boolean;
  /** `route environment` whose applications depend on the pushed image. */
  readonly open: readonly string[];
  /** `route environment` whose applications the tag of each push names. */
  readonly previews: readonly string[];
}

/** Finds the applications of routes in one instance of Argo CD. */
export function routedApplications(used: readonly UsedEnvironment[], instance: string | undefined): RoutedApplications {
  const byNamespace = new Map<string, Set<string>>();
  const open = new Set<string>();
  const previews = new Set<string>();
  let areHeld = false;
  let areSynced = false;
  for (const one of used) {
    const applications = fixed(one, ({ application }) => application);
    if (!applications) open.add(`${one.route} ${one.environment.name}`);
    for (const application of applications ?? []) {
      if (instanceOf(application) !== instance) continue;
      if (isOfTag(application)) {
        previews.add(`${one.route} ${one.environment.name}`);
        continue;
      }
      const [name = '', namespace = ''] = application.split('/').toReversed();
      byNamespace.set(namespace, (byNamespace.get(namespace) ?? new Set()).add(name));
      areHeld ||= one.environment.update.some(({ kind }) => kind === 'application');
      areSynced ||= one.environment.argocd.sync;
    }
  }
  return {
    byNamespace: new Map([...byNamespace].map(([namespace, names]) => [namespace, [...names].toSorted()])),
    areHeld,
    areSynced,
    open: [...open],
    previews: [...previews],
  };
}
