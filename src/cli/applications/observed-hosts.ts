import { isGitHub } from '../../lib/net/github-address.ts';
import type { HostRules } from '../../lib/routes/read/host-rules.ts';
import { parseCloneUrl } from '../clone-url.ts';
import type { ImageGuess } from '../init/guess.ts';

type Hosts = Required<Pick<HostRules, 'azureDevOpsCollections' | 'gitHubHosts'>>;

/** Routes to a Git host without supported pull requests observe, until somebody chooses commits without review. */
export function withDelivery({ image, environments }: ImageGuess, hosts: Hosts): ImageGuess {
  const delivered = Array.from(environments, ([name, guess]) => {
    const hasPullRequests = guess.repository === undefined || opensPullRequests(guess.repository, hosts);
    return [name, hasPullRequests ? guess : Object.assign({}, guess, { delivery: 'observe' as const })] as const;
  });
  return { image, environments: new Map(delivered) };
}

/** One note for each host whose routes observe. */
export function observedNotes(guesses: readonly ImageGuess[]): readonly string[] {
  const urls = guesses.flatMap(({ environments }) =>
    [...environments.values()].flatMap(({ delivery, repository }) =>
      delivery === undefined || repository === undefined ? [] : [new URL(repository).host],
    ),
  );
  return [...new Set(urls)].map(
    (host) =>
      `tagrelay opens no pull requests on ${host}: its routes observe; \`delivery: commit\` writes without review`,
  );
}

function opensPullRequests(url: string, { azureDevOpsCollections, gitHubHosts }: Hosts): boolean {
  const address = parseCloneUrl(url, azureDevOpsCollections);
  return !('problem' in address) && (address.kind === 'azure-repos' || isGitHub(address.host, gitHubHosts));
}
