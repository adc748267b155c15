import { expect, test } from 'vitest';
import { hasRole, readPrincipal } from '../../../src/lib/net/principal.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const claim = (typ: string, val: string) => ({ typ, val });
const kim = claim('preferred_username', 'kim@contoso.com');
const principal = (more: object) => encode({ auth_typ: 'aad', name_typ: 'name', role_typ: 'roles', ...more });

test.each([
  ['the roles of the token', { claims: [kim, claim('roles', 'reader')] }, 'kim@contoso.com', ['reader']],
  [
    'several roles, in any case',
    { claims: [kim, claim('roles', 'Admin'), claim('roles', 'reader')] },
    'kim@contoso.com',
    ['reader', 'admin'],
  ],
  [
    'the type of roles that the header names',
    { role_typ: 'r', claims: [kim, claim('r', 'admin')] },
    'kim@contoso.com',
    ['admin'],
  ],
  [
    'roles of other applications',
    { claims: [kim, claim('roles', 'owner'), claim('groups', 'admin')] },
    'kim@contoso.com',
    [],
  ],
  ['the type of names that the header names', { claims: [kim, claim('name', 'Kim')] }, 'Kim', []],
  ['an application', { claims: [claim('azp', 'id-1'), claim('roles', 'reader')] }, 'id-1', ['reader']],
])('%s', (_, more, name, roles) => {
  expect(readPrincipal(principal(more))).toEqual({ name, roles });
});

test.each([
  ['no header', null],
  ['no JSON', Buffer.from('{').toString('base64')],
  ['no claims', principal({})],
  ['no name', principal({ claims: [claim('roles', 'admin')] })],
  ['another provider', principal({ auth_typ: 'github', claims: [kim, claim('roles', 'admin')] })],
  ['claims of another shape', principal({ claims: { roles: 'admin' } })],
])('%s is no principal', (_, header) => {
  expect(readPrincipal(header)).toBeUndefined();
});

test('an admin also reads; a reader does not act', () => {
  expect(hasRole({ name: 'a', roles: ['admin'] }, 'reader')).toBe(true);
  expect(hasRole({ name: 'a', roles: ['reader'] }, 'reader')).toBe(true);
  expect(hasRole({ name: 'a', roles: ['reader'] }, 'admin')).toBe(false);
  expect(hasRole({ name: 'a', roles: [] }, 'reader')).toBe(false);
});
