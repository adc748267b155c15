import semver from 'semver';

/**
 * Whether a version is in a node-semver range. A lower bound with the pre-release `-0`, as in `>=1.0.0-0`, includes the
 * pre-releases of all versions. Without one, node-semver accepts a pre-release only if a comparator has a pre-release of
 * the same version.
 */
export function isInRange(version: semver.SemVer, range: string): boolean {
  return range
    .split('||')
    .some((part) => semver.satisfies(version, part, { includePrerelease: includesPrereleases(part) }));
}

function includesPrereleases(part: string): boolean {
  const [comparators = []] = new semver.Range(part).set;
  return comparators.some(
    ({ operator, semver: bound }) =>
      (operator === '>=' || operator === '>') && bound.prerelease.length === 1 && bound.prerelease[0] === 0,
  );
}

/** Why a version is not in a range. */
export function outsideRange(version: semver.SemVer, range: string): string {
  const { version: text, prerelease } = version;
  const outside = `${text} is outside \`tags.semver\` ${range}`;
  if (prerelease.length === 0 || !semver.satisfies(version, range, { includePrerelease: true })) return outside;
  return `${outside}: the range excludes pre-releases; a lower bound with -0 includes them, as in \`>=1.0.0-0\``;
}
