import { expect, test } from 'vitest';
import { parseChallenge } from '../../../src/lib/registry/oci/challenge.ts';

const realm = 'https://auth.example/token';
const bearer = { scheme: 'bearer', realm, service: 'registry.example' };

test.each([
  [`Bearer realm="${realm}",service="registry.example",scope="repository:shop/api:pull"`, bearer],
  [`bearer realm="${realm}", service="registry.example", error="invalid_token"`, bearer],
  [`Bearer service=registry.example,realm="${realm}"`, bearer],
  [`Basic realm="Registry", Bearer realm="${realm}",service="registry.example"`, bearer],
  [`Bearer realm="${realm}",service="registry.example",Basic realm="Registry"`, bearer],
  [
    `Bearer realm="https://auth.example/\\"x\\""`,
    { scheme: 'bearer', realm: 'https://auth.example/"x"', service: undefined },
  ],
  ['Basic realm="Registry"', { scheme: 'basic' }],
  ['Basic', { scheme: 'basic' }],
  ['Bearer', undefined],
  ['Bearer error="invalid_token"', undefined],
  ['Negotiate', undefined],
  ['', undefined],
])('%s', (header, challenge) => {
  expect(parseChallenge(header)).toEqual(challenge);
});
