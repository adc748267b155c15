import { git } from '../../../local/git.ts';
import { readBlobs } from '../history.ts';
import { sameValue } from '../slots.ts';
import type { Value } from '../slots.ts';
import { post } from '../webhooks.ts';
import type { WebhookSender } from '../webhooks.ts';
import type { ChainPlan } from './plan.ts';
import { applicationOf, chainEnvironments, fileOf, imageOf, readChainFile } from './routes.ts';
import type { ChainEnvironment } from './routes.ts';

/** A result that Argo CD has sent. */
export interface SentResult {
  readonly branch: string;
  readonly environment: ChainEnvironment;
  readonly revision: string;
  readonly value: Value;
  readonly isHealthy: boolean;
  /** Milliseconds since 1970, when it was first sent, and when it was accepted. */
  readonly sentAt: number;
  acceptedAt?: number;
}

/** The Argo CD of the promoted applications: it reports each new value of a file, with the health that the plan wants. */
export class ChainArgoCd {
  readonly sent: SentResult[] = [];
  readonly #plan: ChainPlan;
  readonly #bare: string;
  readonly #sender: WebhookSender;

  constructor(plan: ChainPlan, bare: string, sender: WebhookSender) {
    this.#plan = plan;
    this.#bare = bare;
    this.#sender = sender;
  }

  /** Compares every application with the tip of its branch. @returns the number of results that were sent */
  async look(): Promise<number> {
    const counts = await Promise.all(this.#plan.branches.map((branch) => this.#lookAt(branch)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #lookAt(branch: string): Promise<number> {
    const revision = (await git(['rev-parse', `refs/heads/${branch}`], this.#bare)).trim();
    const specs = chainEnvironments.map((environment) => `${revision}:${fileOf(environment)}`);
    const texts = await readBlobs(this.#bare, specs);
    let count = 0;
    for (const [index, environment] of chainEnvironments.entries()) {
      const value = readChainFile(texts.get(specs[index] ?? '') ?? '');
      const last = this.sent.findLast((one) => one.branch === branch && one.environment === environment);
      if (last && sameValue(last.value, value)) continue;
      await this.#report(branch, environment, revision, value);
      count += 1;
    }
    return count;
  }

  async #report(branch: string, environment: ChainEnvironment, revision: string, value: Value): Promise<void> {
    const isHealthy = this.#plan.failsIn(branch, value.tag) !== environment;
    const result: SentResult = { branch, environment, revision, value, isHealthy, sentAt: Date.now() };
    this.sent.push(result);
    await post('webhooks/argocd', bodyOf(result), this.#sender);
    result.acceptedAt = Date.now();
  }
}

function bodyOf({ branch, environment, revision, value, isHealthy, sentAt }: SentResult): object {
  const now = new Date(sentAt).toISOString();
  const name = applicationOf(branch, environment);
  return {
    schemaVersion: 1,
    application: { name, namespace: 'argocd', uid: null, project: 'default', labels: null },
    source: {
      repoURL: 'https://dev.azure.com/contoso/platform/_git/gitops',
      path: `chain/${environment}`,
      targetRevision: branch,
    },
    sources: null,
    sourceHydratorSpec: null,
    sync: { status: 'Synced', revision, revisions: null },
    health: { status: isHealthy ? 'Healthy' : 'Degraded', lastTransitionTime: now },
    operation: {
      phase: 'Succeeded',
      message: 'successfully synced (all tasks run)',
      startedAt: now,
      finishedAt: now,
      requestedRevision: revision,
      revision,
    },
    images: [imageOf(branch, value)],
    imagesOmitted: 0,
    reconciledAt: now,
  };
}
