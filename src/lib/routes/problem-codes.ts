/**
 * Every kind of problem that settings can have, and how much it matters: an error keeps the routes from loading, a
 * warning does not. Each code is explained in `docs/settings-problems.md`.
 */
export const problemSeverities = {
  // The documents
  'no-routes': 'warning',
  'setting-missing': 'error',
  'setting-name': 'error',
  'setting-large': 'warning',
  'setting-too-large': 'error',
  'setting-malformed': 'error',
  'file-unreadable': 'error',
  'yaml-syntax': 'error',
  'yaml-duplicate-key': 'error',
  'yaml-alias': 'error',
  'yaml-too-large': 'error',
  'yaml-tag': 'error',
  'yaml-key': 'error',
  // The shape
  'unknown-field': 'error',
  'missing-field': 'error',
  'wrong-type': 'error',
  'wrong-value': 'error',
  // Names and images
  'name-invalid': 'error',
  'name-twice': 'error',
  'name-shared': 'error',
  'name-lacks-capture': 'error',
  'name-captures-touch': 'error',
  'image-invalid': 'error',
  'image-twice': 'error',
  'image-of-other-document': 'error',
  'patterns-tie': 'error',
  'too-many-patterns': 'error',
  'word-unknown': 'error',
  'word-reserved': 'error',
  'brace-unmatched': 'error',
  'where-unknown': 'error',
  'targets-meet': 'warning',
  'environment-unknown': 'error',
  // What an environment writes
  'repository-invalid': 'error',
  'host-not-allowed': 'error',
  'endpoint-not-local': 'warning',
  'credentials-missing': 'warning',
  'branch-invalid': 'error',
  'file-invalid': 'error',
  'path-invalid': 'error',
  'update-kind': 'error',
  'same-scalar': 'error',
  'delivery-unavailable': 'error',
  'pull-request-option': 'error',
  // Tags and builds
  'match-invalid': 'error',
  'match-never': 'error',
  'order-impossible': 'error',
  'semver-invalid': 'error',
  'moving-tags': 'error',
  'build-tag-invalid': 'error',
  'from-unset': 'warning',
  'from-without-build': 'warning',
  // Promotion and applications
  'promotion-unknown': 'error',
  'promotion-cycle': 'error',
  'promotion-unhealthy': 'error',
  'not-yet': 'warning',
  'application-invalid': 'error',
  'application-twice': 'error',
  'application-instance': 'error',
  'instance-unknown': 'warning',
  // Bounds
  'allow-unset': 'warning',
  'allow-invalid': 'error',
  'outside-allow': 'error',
  'required-differs': 'error',
} as const satisfies Record<string, 'error' | 'warning'>;

export type ProblemCode = keyof typeof problemSeverities;
