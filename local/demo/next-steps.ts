import { manifestType } from '../registry/client.ts';
import type { Stage } from './stage.ts';

/** Prints the addresses of the running platform. */
export function showPlatform({ platform, registry, image, gitOps, terminal }: Stage, directory: string): void {
  const { functions, functionNames, devops, argoCd } = platform;
  const { style, line } = terminal;
  const fact = (name: string, value: string, remark: string): void =>
    line(`${name.padEnd(14)}${style('cyan', value.padEnd(23))} ${style('dim', remark)}`);
  line();
  fact('functions', functions, `${functionNames.length} functions on the local host`);
  fact('Azure DevOps', devops, `emulator of ${gitOps.organization}/${gitOps.project}/_git/${gitOps.name}`);
  fact('registry', registry.url, `stands in for ${image.registry}`);
  if (argoCd) fact('Argo CD', argoCd.url, 'stand-in; polls every 2 to 3 minutes');
  fact('storage', 'Azurite', `in ${directory}`);
}

/** Prints commands, ready to be pasted. */
export function showNextSteps({ platform, registry, image, gitOps, terminal }: Stage, nextTag: string): void {
  const { line, style } = terminal;
  const { organization, project, name } = gitOps;
  const clone = new URL(`${platform.devops}/${organization}/${project}/_git/${name}`);
  line();
  line(style('bold', 'Continue with the command line:'));
  line(`export TAGRELAY_URL=${platform.functions} TAGRELAY_KEY=${platform.key}`);
  line('npx tagrelay status');
  line(style('bold', 'Push one more:'));
  // The bytes that are there, once more.
  line(`M=${registry.url}/v2/${image.repository}/manifests`);
  line(`curl -s -u me:$TAGRELAY_KEY $M/${image.tag} |`);
  line(`  curl -i -u me:$TAGRELAY_KEY -X PUT --data-binary @- \\`);
  line(`  -H 'content-type: ${manifestType}' $M/${nextTag}`);
  line(style('bold', 'See the history:'));
  line(`git clone ${clone.href.replace('://', '://me:$TAGRELAY_KEY@')}`);
  line(`git -C ${name} log -p`);
  line();
  line(style('dim', 'Ctrl-C stops it.'));
  line();
}
