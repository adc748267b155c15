import type { HostRules } from '../read/host-rules.ts';
import { isAzureRegistry, repositoryWarning } from '../read/host-rules.ts';
import type { OpenEnvironment } from '../expand/expand-environment.ts';
import type { ReportInEnvironment } from '../expand/route-environments.ts';
import { formatValue } from '../read/format-value.ts';

/**
 * Tells what is worth knowing about an environment that is otherwise right.
 *
 * @param image `registry/repository`, its captures open or not
 */
export function reportWarnings(
  environment: OpenEnvironment,
  image: string,
  hosts: HostRules,
  report: ReportInEnvironment,
): void {
  const { name, delivery, from, build, promoteFrom, onFailure, takesPushes, address } = environment;
  if (takesPushes && delivery === 'commit' && !from) {
    report(
      name,
      'from-unset',
      ['delivery'],
      '`delivery: commit` without `from` takes images of pull request builds too; `from: { branches: [main] }` keeps them out',
    );
  }
  if (from && !build) {
    report(
      name,
      'from-without-build',
      ['from'],
      '`from` without `build` believes any build of the collection that the image names; `build: { definition: … }` names the one that counts',
    );
  }
  const unverified = from && whyUnverified(image, hosts);
  if (unverified !== undefined) {
    report(name, 'from-unverified', ['from'], `\`from\` refuses every image, because ${unverified}`);
  }
  if (promoteFrom !== undefined) {
    report(
      name,
      'not-yet',
      ['promoteFrom'],
      '`promoteFrom` is read and checked, but this version promotes nothing yet',
    );
  }
  if (onFailure !== 'none') {
    report(name, 'not-yet', ['onFailure'], '`onFailure` is read and checked, but this version reverts nothing yet');
  }
  const warning = repositoryWarning(address, hosts);
  if (warning) report(name, warning.code, ['repository'], `${formatValue(address.url)} ${warning.message}`);
}

/** Why no build can be believed: the registry has to say that it got the image while the build ran. */
function whyUnverified(image: string, hosts: HostRules): string | undefined {
  if (hosts.verifyImage === false) return '`VERIFY_IMAGE` is false, so no registry says when it got the image';
  const registry = image.slice(0, image.indexOf('/'));
  return isAzureRegistry(registry)
    ? undefined
    : `${registry} does not say when it got the image, as Azure's registries do`;
}
