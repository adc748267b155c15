import type { Answer } from '../../registry/http.ts';
import type { Access } from '../access/access.ts';
import type { Controller } from '../controller.ts';
import { refusal } from './refusal.ts';

export interface ApplicationQuery {
  readonly name: string;
  readonly namespace: string | null | undefined;
  readonly project: string | null | undefined;
}

/** The object of a policy: the namespace is named if it is not Argo CD's own. */
export function policyObject(project: string, namespace: string, name: string): string {
  return namespace === 'argocd' ? `${project}/${name}` : `${project}/${namespace}/${name}`;
}

/** The policy object of an application. */
export function objectOf({ application }: Controller): string {
  const { metadata, spec } = application;
  return policyObject(spec.project, metadata.namespace, metadata.name);
}

/**
 * Finds an application with a right to it, as `getAppEnforceRBAC` in `server/application/application.go` of argoproj/argo-cd:
 * without a project, a missing application is denied like a forbidden one; with a project, it is not found.
 */
export function findApplication(
  controllers: ReadonlyMap<string, Controller>,
  access: Access,
  account: string,
  query: ApplicationQuery,
): Controller | Answer {
  const namespace = query.namespace || 'argocd';
  const { name, project } = query;
  const may = (object: string): boolean => access.allows(account, 'applications', 'get', object);
  const denied = refusal('permission-denied', 'permission denied');
  if (project && !may(policyObject(project, namespace, name))) return denied;
  const controller = controllers.get(`${namespace}/${name}`);
  const isOther = project && controller?.application.spec.project !== project;
  if (project && (!controller || isOther)) return refusal('not-found', `applications.argoproj.io "${name}" not found`);
  return controller && may(objectOf(controller)) ? controller : denied;
}
