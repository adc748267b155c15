import { describeGitOpsRepository } from './contract.ts';
import { startGitHost } from './git-host.ts';

describeGitOpsRepository('a Git host', () => startGitHost());
describeGitOpsRepository('a Git host that leaves no blobs out', () => startGitHost({ allowFilter: false }));
describeGitOpsRepository('a Git host of protocol version 0', () => startGitHost({ versions: 'only-0' }));
