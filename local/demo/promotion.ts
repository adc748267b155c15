import type { DeploymentView } from '../../src/lib/deployments/deployment-view.ts';
import { startBuild } from './build.ts';
import type { DemoBuild, Shown } from './build.ts';
import { proposedBranch, versionIn } from './git-ops.ts';
import { Missing, until, within } from './missing.ts';
import type { Narrator } from './narrate.ts';
import { readRecords } from './records.ts';
import type { Records } from './records.ts';
import { pushImage } from './stage.ts';
import type { Stage } from './stage.ts';

/** An image that goes from dev to staging and prod, and one that fails. */
export interface PromotionScene {
  readonly source: Parameters<typeof startBuild>[1];
  readonly route: string;
  /** The path of an environment's values file. */
  readonly fileOf: (environment: string) => string;
  /** How long an image has to be healthy in dev before it goes on. */
  readonly soakMs: number;
  /** A tag whose pods crash; it is pushed afterwards. */
  readonly badTag: string | undefined;
}

interface Play {
  readonly stage: Stage;
  readonly scene: PromotionScene;
  readonly narrator: Narrator;
  readonly records: Records;
}

/**
 * One push goes from dev to staging and to a pull request for prod; then a bad image is rolled back.
 *
 * @throws {Missing} when something does not happen
 */
export async function playPromotion(stage: Stage, scene: PromotionScene, narrator: Narrator): Promise<void> {
  const play = { stage, scene, narrator, records: readRecords(stage.platform, scene.route, stage.signal) };
  const acts = async (): Promise<void> => {
    const digest = await promote(play);
    if (scene.badTag !== undefined) await rollBack(play, scene.badTag, digest);
  };
  await unlessLost(acts(), stage);
}

/** The steps after which nothing more follows from a push. */
const losses = new Set(['undelivered', 'event-not-stored', 'event-ignored', 'no-route']);

/** @throws {Missing} at once when a push is lost */
function unlessLost(acts: Promise<void>, { steps }: Stage): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = steps.listen(({ name, fields: { reason } }) => {
      if (losses.has(name)) reject(new Missing(`a push that is taken: ${reason ?? name}`));
    });
    acts.finally(stop).then(resolve, reject);
  });
}

/** @returns the digest of the image */
async function promote({ stage, scene, narrator, records }: Play): Promise<string> {
  const { image, terminal, signal } = stage;
  const { tag } = image;
  terminal.line(`  ${terminal.style('bold', `${image.registry}/${image.repository}:${tag}`)} is pushed`);
  narrator.begin({ detailed: 'dev' });
  const build = startBuild(stage, scene.source, { environment: 'dev', route: scene.route });
  const digest = await pushImage(stage, { labels: build.labels });
  const gate = build.wait();
  const dev = await records.follow('dev', tag, 'healthy');
  const { result, problem = `it ${result}` } = await within('the end of the gate', gate.finished, signal);
  if (result !== 'succeeded') throw new Missing(`a green gate: ${problem}`);
  const { tags } = await until('statuses on both commits and a build tag', () => shownBy(build, dev), signal);
  narrator.say({ place: 'pipeline', text: `statuses on commit and source, build tag ${tags.join(', ')}` });
  build.finish('succeeded');

  const staging = await records.follow('staging', tag, 'healthy');
  const soakedMs = timeOf(staging, 'committed') - timeOf(dev, 'healthy');
  if (soakedMs < scene.soakMs) throw new Missing(`a soak of ${scene.soakMs} ms in dev: it was ${soakedMs} ms`);
  const prod = await records.follow('prod', tag, 'pull-request');
  const branch = await proposedBranch(stage, prod.pullRequest?.number ?? 0);
  const expected = `${tag}@${digest}`;
  await expectVersion(stage, 'main', scene.fileOf('dev'), expected);
  await expectVersion(stage, 'main', scene.fileOf('staging'), expected);
  await expectVersion(stage, branch, scene.fileOf('prod'), expected);
  if ((await versionIn(stage, 'main', scene.fileOf('prod'))) === expected) {
    throw new Missing('a pull request that waits: main has the tag in prod already');
  }
  const soaked = `${(soakedMs / 1000).toFixed(1)} s in dev`;
  await narrator.end(`prod waits for a person. It gets the digest that was healthy for ${soaked}, and in staging.`);
  return digest;
}

async function rollBack({ stage, scene, narrator, records }: Play, badTag: string, digest: string): Promise<void> {
  const { image, terminal, signal } = stage;
  terminal.line();
  terminal.line(`  ${terminal.style('bold', `${image.registry}/${image.repository}:${badTag}`)} is pushed; it crashes`);
  narrator.begin({});
  const build = startBuild(stage, scene.source, { environment: 'dev', route: scene.route });
  await pushImage(stage, { tag: badTag, labels: build.labels });
  const gate = build.wait();
  const bad = await records.follow('dev', badTag, 'rolled-back');
  const { result } = await within('the end of the gate', gate.finished, signal);
  if (result !== 'failed') throw new Missing(`a red gate: it ${result}`);
  build.finish('failed');
  await until(
    `dev: ${image.tag} healthy again`,
    async () => {
      const found = await records.list({ environment: 'dev', tag: image.tag });
      return found.find(({ rollback, state }) => rollback?.of === bad.id && state === 'healthy');
    },
    signal,
  );
  const expected = `${image.tag}@${digest}`;
  await expectVersion(stage, 'main', scene.fileOf('dev'), expected);
  await expectVersion(stage, 'main', scene.fileOf('staging'), expected);
  const places = (await records.list({ tag: badTag })).map(({ environment }) => environment);
  if (places.some((place) => place !== 'dev'))
    throw new Missing(`${badTag} in dev only: it is in ${places.join(', ')}`);
  await narrator.end(`dev is back at ${image.tag}; ${badTag} went nowhere else.`);
}

async function shownBy(build: DemoBuild, { commit = '' }: DeploymentView): Promise<Shown | undefined> {
  const shown = await build.shown(commit);
  return [shown.onCommit, shown.onSource, shown.tags].some((texts) => texts.length === 0) ? undefined : shown;
}

function timeOf({ states }: DeploymentView, wanted: DeploymentView['state']): number {
  return Date.parse(states.find(({ state }) => state === wanted)?.at ?? '');
}

/** @throws {Missing} if the file holds another version at the branch */
async function expectVersion(stage: Stage, branch: string, file: string, expected: string): Promise<void> {
  const version = await versionIn(stage, branch, file);
  if (version !== expected) throw new Missing(`${expected} in ${file} of ${branch}: it has ${version}`);
}
