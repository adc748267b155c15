import { Failure, formatPosition } from '../../lib/model/failure.ts';
import { parseRepositoryUrl } from '../../lib/net/repository-url.ts';
import { parseImageReference } from '../../lib/model/image-reference.ts';
import type { Settings } from '../../lib/settings/settings.ts';
import { readFiles } from '../../lib/values/read-files.ts';
import { inspect, type OpenedFile } from '../../lib/values/inspect.ts';
import type { TaggedImage } from '../../lib/model/tag-update.ts';
import { atMost } from '../../lib/async/at-most.ts';
import type { Finding } from '../finding.ts';
import type { Services } from '../services.ts';
import { fixed, type UsedEnvironment } from '../used-environments.ts';
import { fixOf } from './fixes.ts';
import { checkRegistry } from './check-registry.ts';

/** The findings about one environment of a route. */
export interface EnvironmentFindings {
  readonly route: string;
  readonly environment: string;
  readonly image: string;
  /** The image is made up: the route is a pattern, and none of its images is known. */
  readonly isMadeUp: boolean;
  readonly findings: readonly Finding[];
}

const atOnce = 4;
/** As many as the app puts into one group. */
const filesOfAtOnce = 100;

/** Placeholders for the next tag and digest: only the current content of the file is checked. */
const comingTag = '0.0.0';
const comingDigest = `sha256:${'0'.repeat(64)}`;

interface CheckOptions {
  readonly services: Pick<Services, 'open' | 'registry'>;
  readonly settings: Pick<Settings, 'verifyImage' | 'gitCredentialHosts' | 'azureDevOpsCollections' | 'localEndpoints'>;
  readonly now: Date;
}

/** Checks every environment. The tip and files of a branch are read once for all environments of that branch. */
export async function checkEnvironments(
  used: readonly UsedEnvironment[],
  options: CheckOptions,
): Promise<readonly EnvironmentFindings[]> {
  const byBranch = new Map<string, UsedEnvironment[]>();
  for (const one of used) {
    const branch = fixed(one, ({ repository, branch: name }) => JSON.stringify([repository, name]));
    const key = branch ?? `open ${one.route} ${one.environment.name}`;
    byBranch.set(key, [...(byBranch.get(key) ?? []), one]);
  }
  const found = new Map<UsedEnvironment, readonly Finding[]>();
  await atMost(atOnce, [...byBranch.values()], async (group) => {
    for (let from = 0; from < group.length; from += filesOfAtOnce) {
      const part = group.slice(from, from + filesOfAtOnce);
      for (const [one, findings] of await checkBranch(part, options)) found.set(one, findings);
    }
  });
  return used.map((one) => ({
    route: one.route,
    environment: one.environment.name,
    image: one.image,
    isMadeUp: one.twin !== undefined,
    findings: found.get(one) ?? [],
  }));
}

async function checkBranch(
  group: readonly UsedEnvironment[],
  options: CheckOptions,
): Promise<readonly (readonly [UsedEnvironment, readonly Finding[]])[]> {
  const [first] = group;
  if (!first) return [];
  if (fixed(first, ({ repository, branch }) => [repository, branch]) === undefined) {
    const detail = 'repository or branch follow from the image, and no image is known; name some with --image';
    return group.map((one) => [one, [{ what: 'repository', state: 'unknown', detail }]]);
  }
  const { repository: url, branch } = first.environment;
  const known = group.filter(({ twin }) => twin === undefined);
  let files: ReadonlyMap<string, OpenedFile>;
  let reached: Finding[];
  try {
    const repository = options.services.open(url);
    const tip = await repository.tip(branch);
    reached = [
      signInTo(url, options.settings),
      { what: 'repository', state: 'ok', detail: url },
      { what: 'branch', state: 'ok', detail: `${tip.branch} is at ${tip.commit.slice(0, 10)}` },
    ];
    files = await readFiles(repository, tip.commit, known);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return group.map((one) => [one, unreached(error, one)]);
  }
  return await atMost(atOnce, group, async (one) => {
    if (one.twin !== undefined) {
      const detail = 'follows from the image, and no image is known; name some with --image, or the app with --url';
      return [one, [...reached, { what: 'file', state: 'unknown', detail }]] as const;
    }
    const { findings, currentTags } = checkFiles(one, files, options.now);
    const registry = await checkRegistry(one, currentTags, options.services.registry, options.settings.verifyImage);
    return [one, [...reached, ...findings, registry]] as const;
  });
}

/** A Git host can allow anonymous reads and still require credentials for writes. */
function signInTo(
  url: string,
  { gitCredentialHosts, azureDevOpsCollections, localEndpoints }: CheckOptions['settings'],
): Finding {
  const address = parseRepositoryUrl(url, azureDevOpsCollections);
  const isWithout =
    'kind' in address && address.kind === 'git' && !localEndpoints && !gitCredentialHosts.includes(address.host);
  const { host } = new URL(url);
  if (!isWithout) return { what: 'sign-in', state: 'ok', detail: `to ${host}` };
  const fix = `GIT_CREDENTIALS='{"${host}": "THE-TOKEN"}' lets it write`;
  return { what: 'sign-in', state: 'warning', detail: `${host} lets everybody read, and gets no credentials`, fix };
}

/** The failure is shown at its own step; the steps before it succeeded. */
function unreached(failure: Failure, one: UsedEnvironment): readonly Finding[] {
  const { repository } = one.environment;
  const failed = (what: string): Finding => ({
    what,
    state: 'failed',
    detail: `${failure.code}: ${failure.message}`,
    fix: fixOf(failure, one),
  });
  const signIn: Finding = { what: 'sign-in', state: 'ok', detail: `to ${new URL(repository).host}` };
  const { code } = failure;
  if (code === 'sign-in-failed' || code === 'host-not-allowed') return [failed('sign-in')];
  if (code === 'repository-not-found' || code === 'permission-denied') return [signIn, failed('repository')];
  if (code === 'branch-not-found') {
    return [signIn, { what: 'repository', state: 'ok', detail: repository }, failed('branch')];
  }
  // The host did not answer, or not as expected: nothing is known of what comes after.
  return [failed('repository')];
}

/** Whether the files are there and have what the route sets, by the same code that delivers. */
function checkFiles(
  one: UsedEnvironment,
  files: ReadonlyMap<string, OpenedFile>,
  now: Date,
): { readonly findings: readonly Finding[]; readonly currentTags: readonly string[] } {
  const { environment, route } = one;
  const names = [...new Set(environment.update.map(({ file }) => file))];
  const missing = names.filter((name) => !files.has(name));
  const there: Finding = { what: 'file', state: 'ok', detail: names.join(', ') };
  if (missing.length > 0 && environment.missing === 'ignore') {
    const detail = `${missing.join(', ')} is not there: ignored (missing: ignore)`;
    return { findings: [{ what: 'file', state: 'unknown', detail }], currentTags: [] };
  }
  const pushedAt = now.toISOString();
  const image = comingImage(one);
  const cause = { kind: 'push' as const };
  const update = { id: '', route, environment: environment.name, image, pushedAt, cause };
  try {
    const inspection = inspect({ update, environment }, files);
    if (inspection === 'ignored') {
      const detail = 'has nothing for this image: ignored (missing: ignore)';
      return { findings: [there, { what: 'path', state: 'unknown', detail }], currentTags: [] };
    }
    const { changes, currentTags } = inspection;
    const shown = changes.map(({ path, from }) => (from === null ? `${path} will be inserted` : `${path} is ${from}`));
    const warnings = [...new Set(changes.flatMap((change) => change.warnings))];
    const path: Finding = { what: 'path', state: 'ok', detail: shown.join(', ') };
    const explained = warnings.map((detail): Finding => ({ what: 'path', state: 'warning', detail }));
    return { findings: [there, path, ...explained], currentTags };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const isFile = error.code === 'file-not-found';
    const position = formatPosition(error.place);
    const detail = `${error.code}: ${position === '' ? '' : `${position}: `}${error.message}`;
    const failed: Finding = { what: isFile ? 'file' : 'path', state: 'failed', detail, fix: fixOf(error, one) };
    return { findings: isFile ? [failed] : [there, failed], currentTags: [] };
  }
}

function comingImage({ image }: UsedEnvironment): TaggedImage {
  const parsed = parseImageReference(`${image}:${comingTag}@${comingDigest}`);
  if (parsed?.tag === undefined) throw new TypeError(`${image} is an image of a route and no image reference`);
  return { ...parsed, tag: parsed.tag };
}
