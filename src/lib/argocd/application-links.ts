import { instanceOf } from '../routes/expand/application-name.ts';
import { argoCdAccess } from './read-instances.ts';
import type { ArgoCdInstances } from './read-instances.ts';

/** The pages of applications, `[instance/]namespace/name`, whose Argo CD the settings name. */
export function applicationLinks(
  applications: readonly string[],
  instances: ArgoCdInstances,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    applications.flatMap((application) => {
      const url = argoCdAccess(instances, instanceOf(application))?.publicUrl;
      const path = application.split('/').slice(-2).map(encodeURIComponent).join('/');
      return url === undefined ? [] : [[application, `${url}/applications/${path}`]];
    }),
  );
}
