import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const source = join(import.meta.dirname, '../../src');

/** Read by the Functions host, not by the app. */
export const hostSettings: readonly string[] = [
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'AzureWebJobsStorage__credential',
];

/** The machine's own, and nobody's setting. */
const ofTheMachine = new Set(['PATH']);

/**
 * Every setting and variable that the code reads by its name, and the families of which it reads many: those it names in
 * full (`ROUTES`) and with what stands behind (`ROUTES__<label>`, `ARGOCD_URL__<instance>`).
 */
export function settingNames(): Set<string> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const code = files.map((name) => readFileSync(join(source, name), 'utf8')).join('\n');
  const named = [...code.matchAll(/\b(?:env|environment|settings)\[(['`])([^'`]+)\1\]/g)].flatMap(([, , name = '']) =>
    name.includes('${service}') ? ['queue', 'table', 'blob'].map((one) => name.replace('${service}', one)) : [name],
  );
  const routes = [...code.matchAll(/setting === '(ROUTES\w*)'/g)].map(([, name = '']) => name);
  const argoCd = /\^(ARGOCD_)\(([A-Z|]+)\)/.exec(code) ?? [];
  const instances = (argoCd[2] ?? '').split('|').map((kind) => `${argoCd[1]}${kind}`);
  return new Set([
    ...named.filter((name) => !ofTheMachine.has(name)),
    ...routes,
    ...(code.includes("startsWith('ROUTES__')") ? ['ROUTES__<label>'] : []),
    ...instances.flatMap((name) => [name, `${name}__<instance>`]),
  ]);
}
