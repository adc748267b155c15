import type { Deployment } from '../model/deployment.ts';

/** A deployment that a commit has brought. */
export type Committed = Deployment & { readonly commit: string };

/** Why no rollback is made. */
export interface Refusal {
  readonly refused: string;
}

/** The applications by whose results a deployment fails. */
export function failingApplications({ applications = [], progress = {} }: Deployment): readonly string[] {
  return applications.filter((name) => ['failed', 'degraded'].includes(progress[name]?.state ?? ''));
}
