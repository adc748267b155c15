import { createLocalJWKSet, errors, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { makeVerifyToken } from '../../../src/lib/net/entra-token.ts';
import { readGateSettings } from '../../../src/lib/settings/gate-settings.ts';

const tenant = '11111111-2222-4333-8444-555555555555';
const application = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const authority = 'https://login.microsoftonline.com';
const { privateKey, publicKey } = await generateKeyPair('RS256');
const other = await generateKeyPair('RS256');
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }] });
const now = new Date('2026-11-20T10:00:00Z');
const verify = makeVerifyToken(
  { tenant, audiences: ['api://tagrelay'], applications: [application], authority },
  { keys, now: () => now },
);

type Claims = Readonly<Record<string, unknown>>;

function sign(claims: Claims = {}, key = privateKey): Promise<string> {
  const seconds = now.getTime() / 1000;
  return new SignJWT({
    iss: `${authority}/${tenant}/v2.0`,
    aud: 'api://tagrelay',
    tid: tenant,
    azp: application,
    exp: seconds + 600,
    nbf: seconds - 10,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .sign(key);
}

test('an application that is named gets in, by the claims of both versions', async () => {
  expect(await verify(`Bearer ${await sign()}`)).toEqual({ application });
  const first = await sign({
    iss: `https://sts.windows.net/${tenant}/`,
    azp: undefined,
    appid: application.toUpperCase(),
  });
  expect(await verify(`Bearer ${first}`)).toEqual({ application });
});

test.each<readonly [string, Claims]>([
  ['for somebody else', { aud: 'api://other' }],
  ['of another tenant', { tid: '99999999-2222-4333-8444-555555555555' }],
  ['without a tenant', { tid: undefined }],
  ['of another issuer', { iss: 'https://login.example/v2.0' }],
  ['of another application', { azp: '99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee' }],
  ['without an application', { azp: undefined }],
  ['that has expired', { exp: now.getTime() / 1000 - 120 }],
  ['that is not valid yet', { nbf: now.getTime() / 1000 + 600 }],
])('refused: a token %s', async (_what, claims) => {
  expect(await verify(`Bearer ${await sign(claims)}`)).toHaveProperty('refused');
});

test('refused: no token, another key, and a token without signature', async () => {
  expect(await verify(undefined)).toHaveProperty('refused');
  expect(await verify('Basic eDp5')).toHaveProperty('refused');
  expect(await verify(`Bearer ${await sign({}, other.privateKey)}`)).toHaveProperty('refused');
  const [, payload] = (await sign()).split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  expect(await verify(`Bearer ${none}.${payload}.`)).toHaveProperty('refused');
});

test('a tenant whose keys cannot be read is no fault of the token', async () => {
  const token = `Bearer ${await sign()}`;
  const asking = (fetchKeys: () => Promise<never>) =>
    makeVerifyToken(
      { tenant, audiences: ['api://tagrelay'], applications: [application], authority },
      { keys: fetchKeys, now: () => now },
    )(token);
  const failures = [new TypeError('fetch failed'), new errors.JWKSTimeout(), new errors.JOSEError('Expected 200 OK')];
  for (const failure of failures) {
    await expect(asking(() => Promise.reject(failure))).rejects.toMatchObject({ code: 'service-unavailable' });
  }
  await expect(asking(() => Promise.reject(new errors.JWKSNoMatchingKey()))).resolves.toHaveProperty('refused');
});

test('where only some of the settings are set nobody gets in, and each that is missing is named', async () => {
  const whole = { GATE_TENANT: tenant, GATE_AUDIENCE: 'api://tagrelay', GATE_APPLICATIONS: application };
  for (const missing of ['GATE_TENANT', 'GATE_AUDIENCE', 'GATE_APPLICATIONS'] as const) {
    const told: string[] = [];
    const { signIn } = readGateSettings({ ...whole, [missing]: ' ' }, (setting) => told.push(setting));
    expect(told).toEqual([missing]);
    if (!signIn) throw new Error('the endpoint would be open to function keys');
    const verifyHalf = makeVerifyToken(signIn, { keys, now: () => now });
    for (const claims of [{}, { tid: '', iss: `${authority}//v2.0` }, { azp: '', aud: '' }]) {
      expect(await verifyHalf(`Bearer ${await sign(claims)}`)).toHaveProperty('refused');
    }
  }
});
