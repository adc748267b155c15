import type { HostRules } from './host-rules.ts';
import { repositoryWarning } from './host-rules.ts';
import type { OpenEnvironment } from './build-environment.ts';
import type { TellEnvironment } from './route-environments.ts';
import { show } from './show.ts';

/** Tells what is worth knowing about an environment that is otherwise right. */
export function warnOf(environment: OpenEnvironment, hosts: HostRules, tell: TellEnvironment): void {
  const { name, delivery, from, build, promoteFrom, onFailure, takesPushes, address } = environment;
  if (takesPushes && delivery === 'commit' && !from) {
    tell(
      name,
      'from-unset',
      ['delivery'],
      '`delivery: commit` without `from` takes images of pull request builds too; `from: { branches: [main] }` keeps them out',
    );
  }
  if (from && !build) {
    tell(
      name,
      'from-without-build',
      ['from'],
      '`from` without `build` believes any build of the project that the image names; `build: { definition: … }` names the one that counts',
    );
  }
  if (promoteFrom !== undefined) {
    tell(name, 'not-yet', ['promoteFrom'], '`promoteFrom` is read and checked, but this version promotes nothing yet');
  }
  if (onFailure !== 'none') {
    tell(name, 'not-yet', ['onFailure'], '`onFailure` is read and checked, but this version reverts nothing yet');
  }
  const warning = repositoryWarning(address, hosts);
  if (warning) tell(name, warning.code, ['repository'], `${show(address.url)} ${warning.message}`);
}
