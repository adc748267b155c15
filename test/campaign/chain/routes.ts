import { createHash } from 'node:crypto';
import type { Value } from '../slots.ts';

/** The environments of an image that is promoted from the first to the last. */
export const chainEnvironments = ['dev', 'stage', 'prod'] as const;

export type ChainEnvironment = (typeof chainEnvironments)[number];

/** The environment that an image comes from; `dev` takes pushes. */
export const sourceOf: Readonly<Record<ChainEnvironment, ChainEnvironment | undefined>> = {
  dev: undefined,
  stage: 'dev',
  prod: 'stage',
};

export const fileOf = (environment: ChainEnvironment): string => `chain/${environment}/values.yaml`;

export const routeOf = (branch: string): string => `chain/${branch}`;

export const applicationOf = (branch: string, environment: string): string => `${branch}-${environment}`;

export function imageOf(branch: string, { tag, digest }: Value): string {
  return `contoso.azurecr.io/${routeOf(branch)}:${tag}@${digest}`;
}

/** The image of a build. */
export function buildOf(branch: string, number: number): Required<Value> {
  return { tag: String(number), digest: `sha256:${createHash('sha256').update(`${branch} ${number}`).digest('hex')}` };
}

export const firstChainValue = buildOf('first', 0);

export function renderChainFile({ tag, digest }: Value): string {
  return `# Promoted.\nimage:\n  tag: "${tag}"\n  digest: ${digest}\n`;
}

/** The value of a file; a text that is not exactly what `renderChainFile` makes is an error. */
export function readChainFile(text: string): Value {
  const [, tag = '', digest = ''] = /tag: "(.*)"\n +digest: (.*)\n/.exec(text) ?? [];
  if (renderChainFile({ tag, digest }) !== text) throw new Error(`a file changed outside its value:\n${text}`);
  return { tag, digest };
}

const deniedFrom = new Date(Date.now() - 86_400_000).toISOString();
const deniedTo = new Date(Date.now() + 20 * 86_400_000).toISOString();

/** One more route of the document. Nothing comes to `prod` without the order of a person. */
export const chainRoutes = `
  'chain/{branch}':
    image: contoso.azurecr.io/chain/{branch}
    update: [{ file: 'chain/{environment}/values.yaml', helm: { tag: image.tag, digest: image.digest } }]
    application: 'argocd/{branch}-{environment}'
    failureAfter: 1s
    onFailure: revert
    environments:
      dev: { tags: { match: '^(\\d+)$', order: numeric } }
      stage: { promoteFrom: dev }
      prod:
        promoteFrom: stage
        windows: [{ kind: deny, from: '${deniedFrom}', to: '${deniedTo}', reason: freeze }]
`;
