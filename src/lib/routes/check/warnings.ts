import type { HostRules } from '../read/host-rules.ts';
import { isAzureRegistry, repositoryWarning } from '../read/host-rules.ts';
import type { OpenEnvironment } from '../expand/expand-environment.ts';
import type { ReportInEnvironment } from '../expand/route-environments.ts';
import { formatValue } from '../read/format-value.ts';

/**
 * Reports the warnings of an environment without errors.
 *
 * @param image `registry/repository`, with or without captures
 */
export function reportWarnings(
  environment: OpenEnvironment,
  image: string,
  hosts: HostRules,
  report: ReportInEnvironment,
): void {
  const { name, delivery, from, build, onFailure, takesPushes, address } = environment;
  if (takesPushes && delivery === 'commit' && !from) {
    report(
      name,
      'from-unset',
      ['delivery'],
      '`delivery: commit` without `from` also accepts images of pull request builds; `from: { branches: [main] }` excludes them',
    );
  }
  if (from && !build) {
    report(
      name,
      'from-without-build',
      ['from'],
      '`from` without `build` accepts any build of the collection that the image names; add `build: { definition: … }`',
    );
  }
  const unverified = from && whyUnverified(image, hosts);
  if (unverified !== undefined) {
    report(name, 'from-unverified', ['from'], `\`from\` refuses every image, because ${unverified}`);
  }
  if (onFailure === 'revert') {
    report(
      name,
      'revert-migrations',
      ['onFailure'],
      '`onFailure: revert` does not undo database migrations; label images that must not go back with tagrelay.rollback=false, or use `propose`',
    );
  }
  const warning = repositoryWarning(address, hosts);
  if (warning) report(name, warning.code, ['repository'], `${formatValue(address.url)} ${warning.message}`);
}

/** Why no build can be verified: the registry must report that the image was pushed while the build ran. */
function whyUnverified(image: string, hosts: HostRules): string | undefined {
  if (hosts.verifyImage === false) return '`VERIFY_IMAGE` is false, so no registry is asked for push times';
  const registry = image.slice(0, image.indexOf('/'));
  return isAzureRegistry(registry)
    ? undefined
    : `${registry} does not report push times; only Azure Container Registry does`;
}
