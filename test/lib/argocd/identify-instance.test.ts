import { expect, test } from 'vitest';
import { makeIdentifyArgoCd } from '../../../src/lib/argocd/identify-instance.ts';
import { readLoadOptions } from '../../../src/lib/routes/load-options.ts';

const options = { azureDevOpsCollections: [], registries: [] };
const secretsOf = (text: string | undefined) => readLoadOptions({ ARGOCD_SECRETS: text }, options).argoCdSecrets;

test('the secret that matches is the instance', () => {
  const identify = makeIdentifyArgoCd(secretsOf('{"weu":["old","new"],"neu":"other"}'), true);
  expect(['old', 'new', 'other'].map(identify)).toEqual([
    { instance: 'weu' },
    { instance: 'weu' },
    { instance: 'neu' },
  ]);
  expect([null, '', 'weu', 'ol', 'older'].map(identify)).toEqual(Array(5).fill('unknown'));
});

test('unset, everybody is the one unnamed instance, unless a route names one', () => {
  expect(makeIdentifyArgoCd(secretsOf(undefined), false)(null)).toEqual({ instance: undefined });
  expect(makeIdentifyArgoCd(secretsOf(undefined), true)(null)).toBe('unknown');
});

test.each(['a', '{"weu":1}', '{'])('a setting that cannot be read lets nobody in: %s', (text) => {
  expect(makeIdentifyArgoCd(secretsOf(text), false)('a')).toBe('unknown');
});

test('a secret of two instances is neither of them', () => {
  const identify = makeIdentifyArgoCd(secretsOf('{"weu":["same","own"],"neu":"same"}'), true);
  expect(['same', 'own'].map(identify)).toEqual(['unknown', { instance: 'weu' }]);
});
