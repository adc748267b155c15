import type { ReceivedRequest } from '../../local/devops/server/received-request.ts';
import { findAllowed, problemsOf } from '../local/devops/contract/contract.ts';

export interface ContractWatch {
  readonly onRequest: (request: ReceivedRequest) => void;
  /** Names of the requests of the contract that the app has sent. */
  readonly seen: ReadonlySet<string>;
  /** Throws where the app has sent what the contract does not have. */
  readonly check: () => void;
}

/** Who is not the app: Git clients, the client package as people use it in tests, and their `fetch`. */
const people = [/^git\//, /^node-/, /^azure-devops-node-api/, /^node$/, /^undici$/];

/** Watches what the app sends to the emulator, for the end of a test. */
export function watchContract(): ContractWatch {
  const problems = new Set<string>();
  const seen = new Set<string>();
  return {
    seen,
    onRequest(request) {
      const agent = request.headers['user-agent'] ?? '';
      const isGit = request.path.includes('/_git/');
      if (!agent.includes('tagrelay') && (isGit || people.some((pattern) => pattern.test(agent)))) return;
      const name = findAllowed(request)?.name;
      if (name !== undefined) seen.add(name);
      for (const problem of problemsOf(request))
        problems.add(`${request.method} ${request.path} (${agent}) ${problem}`);
    },
    check() {
      if (problems.size === 0) return;
      const all = [...problems].join('\n  ');
      throw new Error(
        `The app sent what the contract with Azure DevOps (test/devops/contract) does not have:\n  ${all}`,
      );
    },
  };
}
