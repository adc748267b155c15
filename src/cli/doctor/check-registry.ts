import { Failure } from '../../lib/model/failure.ts';
import { splitImageName } from '../../lib/model/image-reference.ts';
import type { Finding } from '../finding.ts';
import type { Services } from '../services.ts';
import type { UsedEnvironment } from '../used-environments.ts';
import { fixOf } from './fixes.ts';

/**
 * Checks the image in the registry: the tag of the file is looked up, as before a commit. Where
 * builds count, its manifest and labels are read too.
 */
export async function checkRegistry(
  one: UsedEnvironment,
  currentTags: readonly string[],
  registry: Services['registry'],
  verifyImage: boolean,
): Promise<Finding> {
  const what = 'registry';
  if (!verifyImage) return { what, state: 'unknown', detail: 'is not asked: VERIFY_IMAGE is false' };
  const image = splitImageName(one.image);
  const [written] = currentTags;
  if (!image || written === undefined) {
    return { what, state: 'unknown', detail: 'no tag to ask for: the file holds none yet' };
  }
  // Of charts, the file has `+` where a tag has `_`.
  const tag = written.replaceAll('+', '_');
  const name = `${one.image}:${tag}`;
  try {
    const state = await registry.lookUp({ ...image, tag }, { awaitReplicas: false });
    if (!state) {
      const detail = `answers, and has no ${name}, which the file holds`;
      return { what, state: 'warning', detail, fix: 'push the image again, or write a tag that is there' };
    }
    const { build, from } = one.environment;
    if (build || from) await registry.inspect({ ...image, tag, digest: state.digest });
    const time = state.lastUpdateTime === undefined ? '' : `, pushed ${state.lastUpdateTime.toISOString()}`;
    return { what, state: 'ok', detail: `has ${name}${time}` };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { what, state: 'failed', detail: `${error.code}: ${error.message}`, fix: fixOf(error, one) };
  }
}
