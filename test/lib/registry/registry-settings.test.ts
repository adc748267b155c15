import { describe, expect, test } from 'vitest';
import { readSettings } from '../../../src/lib/settings/settings.ts';

const signIn = { username: 'robot', password: 's3cret-word' };
const read = (REGISTRIES: string, credentials: unknown) =>
  readSettings({
    REGISTRIES,
    REGISTRY_CREDENTIALS: typeof credentials === 'string' ? credentials : JSON.stringify(credentials),
  });

test('registries and their credentials', () => {
  const { settings, problems } = read('Harbor.contoso.example, gitlab.example:5050 localhost:5000', {
    'harbor.contoso.example': signIn,
    'gitlab.example:5050': { ...signIn, realm: 'https://gitlab.example/jwt/auth' },
    'localhost:5000': { realm: 'http://localhost:5001/token' },
    'partner.azurecr.io': signIn,
  });
  expect(problems).toEqual([]);
  const user = { name: 'robot', password: 's3cret-word' };
  expect(settings.registries).toEqual(['harbor.contoso.example', 'gitlab.example:5050', 'localhost:5000']);
  expect(Object.fromEntries(settings.registryCredentials)).toEqual({
    'harbor.contoso.example': { user },
    'gitlab.example:5050': { user, tokenOrigin: 'https://gitlab.example' },
    'localhost:5000': { tokenOrigin: 'http://localhost:5001' },
    'partner.azurecr.io': { user },
  });
});

test('a registry that is a URL is refused', () => {
  const { settings, problems } = readSettings({ REGISTRIES: 'https://harbor.contoso.example,ghcr.io' });
  expect(settings.registries).toEqual(['ghcr.io']);
  expect(problems).toMatchObject([{ severity: 'error', setting: 'REGISTRIES' }]);
});

describe('credentials that are refused, and never shown', () => {
  test.each([
    ['no JSON', 's3cret-word'],
    ['a list', [signIn]],
    ['a text', { 'harbor.contoso.example': 's3cret-word' }],
    ['a host that REGISTRIES does not name', { 'ghcr.io': signIn }],
    ['a user without password', { 'harbor.contoso.example': { username: 's3cret-word' } }],
    ['a password without user', { 'harbor.contoso.example': { password: 's3cret-word' } }],
    ['a field that is misspelt', { 'harbor.contoso.example': { ...signIn, relam: 'https://x.example' } }],
    ['nothing', { 'harbor.contoso.example': {} }],
    ['a realm without TLS', { 'harbor.contoso.example': { ...signIn, realm: 'http://tokens.example' } }],
    ['a realm that is no URL', { 'harbor.contoso.example': { ...signIn, realm: 's3cret-word' } }],
  ])('%s', (_name, credentials) => {
    const { settings, problems } = read('harbor.contoso.example', credentials);
    expect(settings.registryCredentials.size).toBe(0);
    expect(problems).toMatchObject([{ severity: 'error', setting: 'REGISTRY_CREDENTIALS' }]);
    expect(JSON.stringify(problems)).not.toContain('s3cret-word');
  });
});

test('one bad entry takes nothing from the others', () => {
  const { settings, problems } = read('harbor.contoso.example', {
    'ghcr.io': signIn,
    'harbor.contoso.example': signIn,
  });
  expect([...settings.registryCredentials.keys()]).toEqual(['harbor.contoso.example']);
  expect(problems).toHaveLength(1);
});
