import { basename } from 'node:path';
import { parseDocument } from 'yaml';

/** Versions that `helm template` gets from Argo CD: its messages begin with them, and the cause is at the end. */
const apiVersions = ['apps/v1', 'autoscaling/v2', 'batch/v1', 'networking.k8s.io/v1', 'policy/v1']
  .flatMap((version) => Array.from({ length: 12 }, (_, index) => ` --api-versions ${version}/Kind${index}`))
  .join('');

/** The error of Helm or Kustomize for a file that they read and that is not YAML; other files may be templates. */
export function manifestProblem(file: string, text: string): string | undefined {
  const name = basename(file);
  const isHelm = /^(?:Chart|values(?:[-.].+)?)\.ya?ml$/.test(name);
  const isKustomize = /^kustomization\.ya?ml$/.test(name);
  const [error] = isHelm || isKustomize ? parseDocument(text).errors : [];
  if (!error) return undefined;
  const reason = error.message.split('\n')[0]?.replace(/:$/, '') ?? '';
  const line = error.linePos?.[0].line ?? 1;
  if (isKustomize)
    return `\`kustomize build <path to cached source>\` failed exit status 1: Error: invalid Kustomization: ${reason}`;
  const command = `helm template . --name-template release --namespace release --kube-version 1.33.1 --values <path to cached source>/${file}${apiVersions} --include-crds`;
  return `\`${command}\` failed exit status 1: Error: failed to parse <path to cached source>/${file}: error converting YAML to JSON: yaml: line ${line}: ${reason}`;
}
