import { describeGitOpsRepository } from './contract/contract.ts';
import { startGitHost } from './git-host.ts';

describeGitOpsRepository('a Git host', () => startGitHost());
describeGitOpsRepository(
  'a Git host of protocol version 0 that leaves no blobs out',
  () => startGitHost({ versions: 'only-0', allowFilter: false }),
  'without-load',
);
