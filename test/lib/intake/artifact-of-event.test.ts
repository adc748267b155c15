import { expect, test } from 'vitest';
import { artifactOfEvent } from '../../../src/lib/intake/artifact-of-event.ts';

test.each([
  ['application/vnd.docker.distribution.manifest.v2+json', undefined, 'image'],
  ['application/vnd.docker.distribution.manifest.list.v2+json', undefined, 'image'],
  ['application/vnd.oci.image.manifest.v1+json', undefined, undefined],
  ['application/vnd.oci.image.index.v1+json', undefined, undefined],
  ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.cncf.helm.config.v1+json', 'chart'],
  ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.container.image.v1+json', 'image'],
  ['application/vnd.oci.image.manifest.v1+json', 'application/spdx+json', 'other'],
  ['application/vnd.oci.artifact.manifest.v1+json', undefined, 'other'],
  ['application/VND.docker.distribution.manifest.v2+json; charset=utf-8', '', 'image'],
  [undefined, null, undefined],
])('%s, %s: %s', (mediaType, artifactType, kind) => {
  expect(artifactOfEvent({ mediaType, artifactType })).toBe(kind);
});
