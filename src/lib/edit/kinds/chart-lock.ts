import { createHash } from 'node:crypto';
import { isMap, isSeq } from 'yaml';
import type { Node } from 'yaml';
import { changeAt } from '../yaml/change.ts';
import type { ScalarChange } from '../yaml/change.ts';
import { failureAt } from '../yaml/editable-file.ts';
import type { EditableFile } from '../yaml/editable-file.ts';
import { dependencyData, hashText } from './helm-lock-hash.ts';
import type { Dependency } from './helm-lock-hash.ts';
import { find, locate } from '../yaml/locate.ts';
import { formatPath, keys } from '../../model/value-path.ts';
import type { Path } from '../../model/value-path.ts';
import { rootSlot, scalarText } from '../yaml/place.ts';

/** The path of the `Chart.lock` that goes with a `Chart.yaml`. */
export function chartLockPath(chartFile: string): string {
  return chartFile.replace(/[^/]*$/, 'Chart.lock');
}

/**
 * The changes of a `Chart.lock` that follow those of its `Chart.yaml`: the versions, and the digest as Helm computes it.
 *
 * @param changes every change of `chart` that is going to be applied
 * @throws Failure `chart-lock-stale` where the lock is not of this `Chart.yaml`
 */
export function lockChanges(
  lock: EditableFile,
  chart: EditableFile,
  changes: readonly ScalarChange[],
): readonly ScalarChange[] {
  const required = dependencies(chart);
  const locked = dependencies(lock);
  const digest = find(lock, rootSlot(lock, 0), keys('digest'));
  const paired = required.length === locked.length && required.every(({ name }, index) => name === locked[index]?.name);
  if (!digest || !paired || scalarText(digest.node) !== digestOf(required, locked)) {
    throw stale(lock, chart, digest?.node ?? null);
  }
  const wanted = new Map(changes.map(({ scalar, to }) => [scalar, to]));
  const versions = required.map(({ version }, index) => wanted.get(`0:${formatPath(versionPath(index))}`) ?? version);
  const none = { currentTag: null, currentDigest: null };
  const versionChanges = versions.flatMap((to, index) => {
    if (to === undefined || to === required[index]?.version) return [];
    return [changeAt(lock, locate(lock, rootSlot(lock, 0), versionPath(index)), { role: 'version', to, ...none })];
  });
  if (versionChanges.length === 0) return [];
  // An unchanged dependency stays locked at the version that its range was resolved to.
  const lockedVersions = versions.map((version, index) =>
    version === required[index]?.version ? locked[index]?.version : version,
  );
  const to = digestOf(withVersions(required, versions), withVersions(locked, lockedVersions));
  return [...versionChanges, changeAt(lock, digest, { role: 'digest', to, ...none })];
}

function versionPath(index: number): Path {
  return [...keys('dependencies'), { kind: 'index', index }, ...keys('version')];
}

function withVersions(list: readonly Dependency[], versions: readonly (string | undefined)[]): readonly Dependency[] {
  return list.map((dependency, index) => Object.assign({}, dependency, { version: versions[index] }));
}

function digestOf(required: readonly Dependency[], locked: readonly Dependency[]): string {
  return `sha256:${createHash('sha256').update(hashText(required, locked)).digest('hex')}`;
}

function dependencies(file: EditableFile): readonly Dependency[] {
  const list = find(file, rootSlot(file, 0), keys('dependencies'));
  if (!isSeq(list?.node)) return [];
  return list.node.items.flatMap((item) => (isMap(item) ? [dependencyData(file, item)] : []));
}

function stale(lock: EditableFile, chart: EditableFile, node: Node | null): Error {
  return failureAt(
    lock,
    'chart-lock-stale',
    `${lock.file} does not belong to ${chart.file}: its digest is not that of the dependencies. Run \`helm dependency update\` and commit both, or remove ${lock.file}.`,
    node?.range?.[0],
  );
}
