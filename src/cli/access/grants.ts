import type { AccessNeeds } from './access-needs.ts';

/** The permissions that a person grants to the app's identity in Azure DevOps, with the names of the portal. */
export function formatGrants({ repositories, builds, open }: AccessNeeds): string {
  const collections = new Map<string, Set<string>>();
  for (const { collection, project } of [...repositories.map(({ address }) => address), ...builds]) {
    const projects = collections.get(collection) ?? new Set();
    collections.set(collection, projects.add(project));
  }
  if (collections.size === 0) return 'No route writes to Azure DevOps.\n';
  const lines = ["Permissions of the app's identity:", ''];
  for (const [collection, projects] of collections) {
    lines.push(
      collection,
      '  Organization settings → Users → Add users: the identity by its name,',
      `    access level Basic, project ${[...projects].join(', ')}`,
    );
    for (const { address, permissions, committed } of repositories) {
      if (address.collection !== collection) continue;
      lines.push(`  ${address.project}: Project settings → Repositories → ${address.repository} → Security`);
      for (const [permission, reason] of permissions) lines.push(`    ${permission.padEnd(29)} ${reason}`);
      if (committed.size > 0) {
        const branches = [...committed].map((branch) => branch ?? 'the default branch').join(', ');
        lines.push(
          `    ${'Bypass policies when pushing'.padEnd(29)} only if a branch policy demands pull requests on ${branches};`,
          `    ${''.padEnd(29)} better is delivery: pull-request`,
        );
      }
    }
    for (const one of builds) {
      if (one.collection !== collection) continue;
      lines.push(`  ${one.project}: Pipelines → ⋮ → Manage security`);
      for (const [permission, reason] of one.permissions) lines.push(`    ${permission.padEnd(29)} ${reason}`);
    }
    lines.push('');
  }
  for (const serves of open) lines.push(`${serves}: its repository follows from the image; name images with --image.`);
  return `${lines.join('\n').trimEnd()}\n`;
}
