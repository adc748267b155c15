import type { IdentityRef } from 'azure-devops-node-api/interfaces/common/VSSInterfaces.js';
import type { Build } from '../builds/build.ts';
import type { BuildEvents } from '../builds/build-book.ts';
import { BuildBook } from '../builds/build-book.ts';
import { HookBook } from '../hooks/hook-book.ts';
import type { HookWaits } from '../hooks/notification.ts';
import type { PullRequest } from '../pull-requests/pull-request.ts';
import { PullRequestBook } from '../pull-requests/book.ts';
import type { BranchPolicy } from '../pull-requests/policy.ts';
import { BareRepository } from '../store/bare-repository.ts';
import type { DeniedPermission } from '../security/permissions.ts';
import { StatusBook } from '../statuses/status-book.ts';
import { PlanBook } from '../tasks/plan-book.ts';
import { guidOf, isGuid } from './guid.ts';
import { identityRef, localIdentity } from './identity.ts';
import type { Identity } from './identity.ts';
import { PushLog } from './push-log.ts';
import type { PushRecord } from './push-log.ts';
import { invalidArgument, ServiceError } from './service-error.ts';
import { isSameName } from './same-name.ts';

/** A repository to serve. */
export interface RepositoryOptions {
  /** `contoso`, or as Azure DevOps Server has it, with the path before the collection: `tfs/DefaultCollection`. */
  readonly organization: string;
  readonly project: string;
  readonly name: string;
  /** The bare repository on disk; created where it is absent or empty. */
  readonly directory: string;
  /** Branches that change by pull requests only. */
  readonly policies?: readonly BranchPolicy[];
}

/** A repository that is served. */
export interface HostedRepository extends Omit<RepositoryOptions, 'directory'> {
  readonly policies: readonly BranchPolicy[];
  readonly pullRequests: PullRequestBook;
  readonly statuses: StatusBook;
  readonly id: string;
  readonly projectId: string;
  readonly bare: BareRepository;
  readonly pushes: PushLog;
  /** REST URL, by ids. */
  readonly apiUrl: string;
  /** URL for Git clients. */
  readonly remoteUrl: string;
}

/** An event of a repository. */
export interface PushEvent extends PushRecord {
  readonly repository: HostedRepository;
}

export interface PlatformOptions {
  readonly defaultBranch: string;
  readonly now: () => Date;
  readonly identities: readonly Identity[];
  readonly events: PlatformEvents;
  /** The permissions that the one user lacks. They are reported on request, and enforced nowhere. */
  readonly denied?: readonly DeniedPermission[];
  /** How long service hooks wait; as the service where it is left out. */
  readonly hookWaits?: Partial<HookWaits>;
}

/** Gets what happens, when it has happened. */
export interface PlatformEvents extends BuildEvents {
  readonly onPush: (event: PushEvent) => void;
  /** `before` is missing of a new pull request. */
  readonly onPullRequest: (repository: HostedRepository, before: PullRequest | undefined, after: PullRequest) => void;
}

/** Everything that the emulator hosts. */
export class Platform {
  /** `http://127.0.0.1:port`, known once the server listens. */
  baseUrl = '';
  readonly now: () => Date;
  /** Everybody who may be a reviewer. */
  readonly identities: readonly Identity[];
  readonly denied: readonly DeniedPermission[];
  readonly builds: BuildBook;
  readonly plans: PlanBook;
  readonly hooks: HookBook;
  readonly #defaultBranch: string;
  readonly #events: PlatformEvents;
  readonly #repositories: HostedRepository[] = [];

  constructor({ defaultBranch, now, identities, events, denied = [], hookWaits = {} }: PlatformOptions) {
    this.#defaultBranch = defaultBranch;
    this.now = now;
    this.identities = [{ ...localIdentity, mail: localIdentity.uniqueName, isActive: true }, ...identities];
    this.#events = events;
    this.denied = denied;
    this.plans = new PlanBook(now);
    this.builds = new BuildBook(now, {
      ...events,
      onRun: (build) => {
        this.#endPlan(build);
        events.onRun(build);
      },
    });
    this.hooks = new HookBook({ now, organizationUrl: (name) => this.organizationUrl(name), waits: hookWaits });
  }

  async addRepository(options: RepositoryOptions): Promise<HostedRepository> {
    const { organization, project, name, directory, policies = [] } = options;
    if (
      this.#repositories.some(
        (known) =>
          isSameName(known.name, name) &&
          isSameName(known.project, project) &&
          isSameName(known.organization, organization),
      )
    ) {
      throw new Error(`${organization}/${project} has a repository ${name} already; a repository is served once`);
    }
    const organizationUrl = this.organizationUrl(organization);
    const id = guidOf('repository', organization, project, name);
    const projectId = guidOf('project', organization, project);
    const bare = await BareRepository.open(directory, this.#defaultBranch);
    const repository: HostedRepository = {
      organization,
      project,
      name,
      id,
      projectId,
      bare,
      policies,
      pullRequests: await PullRequestBook.open(directory, (before, after) =>
        this.#events.onPullRequest(repository, before, after),
      ),
      statuses: await StatusBook.open(directory),
      pushes: new PushLog(),
      apiUrl: `${organizationUrl}/${projectId}/_apis/git/repositories/${id}`,
      remoteUrl: `${organizationUrl}/${encodeURIComponent(project)}/_git/${encodeURIComponent(name)}`,
    };
    this.#repositories.push(repository);
    return repository;
  }

  organizationUrl(organization: string): string {
    return `${this.baseUrl}/${organization.split('/').map(encodeURIComponent).join('/')}`;
  }

  /** The organization that a path begins with, in its own spelling; the longest where several do. */
  findOrganization(segments: readonly string[]): string | undefined {
    const path = `${segments.join('/')}/`.toLowerCase();
    return this.#repositories
      .map(({ organization }) => organization)
      .filter((organization) => path.startsWith(`${organization.toLowerCase()}/`))
      .sort((a, b) => b.length - a.length)[0];
  }

  /** The repositories of an organization, or of one of its projects (by name or id). Throws where the project is unknown. */
  repositoriesOf(organization: string, project: string | undefined): readonly HostedRepository[] {
    const all = this.#repositories.filter((repository) => isSameName(repository.organization, organization));
    if (project === undefined) return all;
    const found = all.filter(
      (repository) => isSameName(repository.project, project) || isSameName(repository.projectId, project),
    );
    if (found.length > 0) return found;
    throw new ServiceError(
      'ProjectDoesNotExistWithNameException',
      `TF200016: The following project does not exist: ${project}. Verify that the name of the project is correct and ` +
        'that the project exists on the specified Azure DevOps Server.',
    );
  }

  /** One repository, by name within a project or by id. */
  findRepository(organization: string, project: string | undefined, nameOrId: string): HostedRepository {
    const candidates = this.repositoriesOf(organization, project);
    if (project === undefined && !isGuid(nameOrId)) {
      throw invalidArgument('A project name is required in order to reference a Git repository by name.', 'project');
    }
    const found = candidates.find(
      ({ id, name }) => isSameName(id, nameOrId) || (project !== undefined && isSameName(name, nameOrId)),
    );
    if (found !== undefined) return found;
    throw new ServiceError(
      'GitRepositoryNotFoundException',
      `TF401019: The Git repository with name or identifier ${nameOrId} does not exist or you do not have permissions ` +
        'for the operation you are attempting.',
    );
  }

  recordPush(repository: HostedRepository, push: Pick<PushRecord, 'refUpdates' | 'commits'>): PushRecord {
    const record = repository.pushes.add({ date: this.now(), ...push });
    this.#events.onPush({ repository, ...record });
    return record;
  }

  /** A person or group by id, in the form of answers. */
  findIdentity(base: string, id: string): IdentityRef | undefined {
    const found = this.identities.find((identity) => isSameName(identity.id, id));
    return found && identityRef(base, found);
  }

  /** Pull requests are numbered through an organization. */
  nextPullRequestId(organization: string): number {
    const numbers = this.repositoriesOf(organization, undefined).flatMap(({ pullRequests }) =>
      pullRequests.all().map(({ pullRequestId }) => pullRequestId),
    );
    return Math.max(0, ...numbers) + 1;
  }

  #endPlan({ planId, result }: Build): void {
    if (result !== undefined) this.plans.end(planId, result === 'partiallySucceeded' ? 'succeededWithIssues' : result);
  }

  /** Waits for the work behind the answers, then lets go of the repositories. */
  async close(): Promise<void> {
    this.plans.endAll();
    await this.hooks.close();
    try {
      await Promise.all(
        this.#repositories.flatMap(({ pullRequests, statuses }) => [pullRequests.idle(), statuses.idle()]),
      );
    } finally {
      for (const { bare } of this.#repositories) bare.close();
    }
  }
}
