import { describe, expect, test } from 'vitest';
import { argoCdAccess } from '../../../src/lib/argocd/read-instances.ts';
import { readSettings } from '../../../src/lib/settings/settings.ts';

const token = 'eyJhbGciOi.s3cret';
const url = 'https://argocd.contoso.example';

const read = (environment: Readonly<Record<string, string>>) => {
  const { settings, problems } = readSettings(environment);
  return { instances: settings.argoCdInstances, problems };
};

test('nothing set: no Argo CD is asked', () => {
  expect(read({})).toEqual({ instances: new Map(), problems: [] });
});

test('one unnamed Argo CD', () => {
  const { instances, problems } = read({ ARGOCD_URL: `${url}/root/ `, ARGOCD_TOKEN: ` ${token}` });
  expect(problems).toEqual([]);
  expect(argoCdAccess(instances, undefined)).toEqual({ url: `${url}/root`, publicUrl: `${url}/root`, token });
  expect(argoCdAccess(instances, 'weu')).toBeUndefined();
});

test('instances have settings of their own, in which names have no dashes', () => {
  const { instances, problems } = read({
    ARGOCD_URL__weu_1: url,
    ARGOCD_TOKEN__weu_1: token,
    ARGOCD_URL__NEU: 'https://neu.contoso.example',
    ARGOCD_TOKEN__neu: 'other',
  });
  expect(problems).toEqual([]);
  expect(argoCdAccess(instances, 'weu-1')).toMatchObject({ url, token });
  expect(argoCdAccess(instances, 'neu')).toMatchObject({ token: 'other' });
  expect(argoCdAccess(instances, undefined)).toBeUndefined();
});

describe('refused, with the setting and without the token', () => {
  test.each([
    ['no token', { ARGOCD_URL__weu: url }, 'ARGOCD_URL__weu'],
    ['no URL', { ARGOCD_TOKEN__weu: token }, 'ARGOCD_TOKEN__weu'],
    ['no https', { ARGOCD_URL: 'http://argocd.contoso.example', ARGOCD_TOKEN: token }, 'ARGOCD_URL'],
    ['a user in the URL', { ARGOCD_URL: 'https://a@argocd.contoso.example', ARGOCD_TOKEN: token }, 'ARGOCD_URL'],
    ['a query', { ARGOCD_URL: `${url}?x=1`, ARGOCD_TOKEN: token }, 'ARGOCD_URL'],
    ['no URL at all', { ARGOCD_URL: 'argocd', ARGOCD_TOKEN: token }, 'ARGOCD_URL'],
    ['a token on two lines', { ARGOCD_URL: url, ARGOCD_TOKEN: `${token}\n${token}` }, 'ARGOCD_TOKEN'],
    [
      'another machine while LOCAL_ENDPOINTS is set',
      { ARGOCD_URL: url, ARGOCD_TOKEN: token, LOCAL_ENDPOINTS: '{}' },
      'ARGOCD_URL',
    ],
  ])('%s', (_name, environment, setting) => {
    const { instances, problems } = read(environment);
    expect(instances.size).toBe(0);
    expect(problems).toMatchObject([{ severity: 'error', code: 'setting-malformed', setting }]);
    expect(JSON.stringify(problems)).not.toContain(token);
  });
});

test('on the local platform this machine stands in for it', () => {
  const local = 'http://127.0.0.1:7074';
  const { instances, problems } = read({
    ARGOCD_URL: `${url}/`,
    ARGOCD_TOKEN: token,
    LOCAL_ENDPOINTS: JSON.stringify({ [url]: local }),
  });
  expect(problems).toEqual([]);
  expect(argoCdAccess(instances, undefined)).toMatchObject({ url: local, publicUrl: url });
});
