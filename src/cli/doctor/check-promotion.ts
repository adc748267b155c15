import { writesDigest } from '../../lib/model/file-edit.ts';
import type { Environment } from '../../lib/routes/route.ts';
import type { Finding } from '../finding.ts';
import type { UsedEnvironment } from '../used-environments.ts';
import type { SeenDeployment, SeenDeployments } from './check-app.ts';

const what = 'promotion';

interface Known {
  readonly used: readonly UsedEnvironment[];
  readonly verifyImage: boolean;
  /** Absent if the app was not asked. */
  readonly deployments: SeenDeployments | undefined;
}

/** Whether an environment with `promoteFrom` can get images: Argo CD reports its sources, and digests are known. */
export async function checkPromotion(one: UsedEnvironment, known: Known): Promise<readonly Finding[]> {
  const { environment, route, image } = one;
  const sources = environment.promoteFrom.flatMap(
    (name) => known.used.find((other) => other.image === image && other.environment.name === name) ?? [],
  );
  const heard = await Promise.all(
    sources.map(async (source): Promise<Finding> => {
      const { name } = source.environment;
      if (!known.deployments || one.twin !== undefined) {
        return { what, state: 'unknown', detail: `from ${name}: the app was not asked (--url, --key)` };
      }
      return ofSource(name, await known.deployments.lastOf(route, name));
    }),
  );
  const unpinned = known.verifyImage
    ? []
    : [environment, ...sources.map((source) => source.environment)].filter(isTagOnly);
  return sources.length === 0 || unpinned.length === 0 ? heard : [...heard, ofDigests(unpinned)];
}

/** Whether the last deployment of a source can become, or is, healthy. */
function ofSource(source: string, last: SeenDeployment | undefined): Finding {
  if (!last) {
    return { what, state: 'unknown', detail: `from ${source}: nothing was deployed there yet` };
  }
  const { tag, state, applications = [], progress = {}, updatedAt } = last;
  const silent = applications.filter((application) => progress[application] === undefined);
  if (state === 'committed' && silent.length > 0) {
    return {
      what,
      state: 'warning',
      detail: `from ${source}: Argo CD has reported nothing on ${silent.join(', ')} since ${updatedAt}`,
      fix: 'npx tagrelay connect argocd; without results nothing is promoted',
    };
  }
  return { what, state: 'ok', detail: `from ${source}: ${tag} is ${state} there` };
}

function isTagOnly({ update }: Environment): boolean {
  return !update.some(writesDigest);
}

function ofDigests(environments: readonly Environment[]): Finding {
  const names = environments.map(({ name }) => name).join(' and ');
  return {
    what,
    state: 'warning',
    detail: `VERIFY_IMAGE is false, so the digest of a tag in ${names} is unknown: a moved tag is not noticed`,
    fix: 'VERIFY_IMAGE=true, or write the digest too',
  };
}
