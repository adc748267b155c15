import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ApplicationOptions } from '../argocd/options.ts';
import { git } from '../git.ts';

/** The GitOps repository of the services, as routes and Applications name it. */
export const servicesRepository = 'https://dev.azure.com/contoso/platform/_git/gitops';

/** Routes for all services. */
export const servicesRoutes = `
defaults: { repository: ${servicesRepository}, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
routes:
  '{team}/{service}':
    image: contoso.azurecr.io/{team}/{service}
    update: [{ file: 'apps/{team}/{service}.yaml', helm: { tag: image.tag } }]
    application: argocd/{service}
    environments: [dev]
`;

/** Services in one folder of the repository. */
const teamSize = 100;

/** The image repository of a service, which is its path in the repository too. */
export function serviceName(index: number): string {
  return `team${String(Math.floor(index / teamSize)).padStart(3, '0')}/service${String(index).padStart(5, '0')}`;
}

export function valuesPath(index: number): string {
  return `apps/${serviceName(index)}.yaml`;
}

/** Values as services have them, about 600 bytes. */
function values(index: number): string {
  const name = serviceName(index);
  return `# ${name}
replicaCount: 2
image:
  repository: contoso.azurecr.io/${name}
  pullPolicy: IfNotPresent
  tag: "0"
service:
  type: ClusterIP
  port: 8080
ingress:
  enabled: true
  hosts:
    - host: ${name.replace('/', '-')}.contoso.example
      paths: [{ path: /, pathType: Prefix }]
resources:
  requests: { cpu: 100m, memory: 128Mi }
  limits: { memory: 256Mi }
env:
${Array.from({ length: 8 }, (_, variable) => `  - { name: SETTING_${variable}, value: "${index * variable}" }\n`).join('')}`;
}

/** Makes a bare repository with that many values files, and others, on `main`. */
export async function seedServices(
  bare: string,
  files: number,
  others: Readonly<Record<string, string>> = {},
): Promise<void> {
  await git(['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  const child = spawn('git', ['fast-import', '--quiet'], { cwd: bare, stdio: ['pipe', 'inherit', 'inherit'] });
  const input = [
    'commit refs/heads/main\ncommitter Ada <ada@contoso.example> 1767225600 +0000\ndata 5\nfirst\n',
    ...[
      ...Array.from({ length: files }, (_, index) => [valuesPath(index), values(index)] as const),
      ...Object.entries(others),
    ].map(([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`),
  ];
  child.stdin.end(input.join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
}

/** An application for each of so many services. */
export function serviceApplications(
  count: number,
  repoURL: string = servicesRepository,
): readonly ApplicationOptions[] {
  return Array.from({ length: count }, (_, index) => ({
    name: applicationName(index),
    sources: [{ repoURL, path: valuesPath(index), targetRevision: 'main' }],
  }));
}

export function applicationName(index: number): string {
  return serviceName(index).replace(/^.*\//, '');
}
