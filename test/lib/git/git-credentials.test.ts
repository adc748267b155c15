import { expect, test } from 'vitest';
import { readGitAuthor } from '../../../src/lib/git/git-author.ts';
import { gitAuthorization, readGitCredentials } from '../../../src/lib/git/git-credentials.ts';
import { readSettings } from '../../../src/lib/settings/settings.ts';

function read(value: unknown) {
  const problems: string[] = [];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const credentials = readGitCredentials(text, (setting, message) => problems.push(`${setting} ${message}`));
  return { credentials, problems };
}

function decoded(header: string | undefined): string | undefined {
  return header?.replace(/^Basic (.*)$/, (_, text: string) => Buffer.from(text, 'base64').toString('utf8'));
}

test('a token or a user for each host, and for no other', () => {
  const { credentials, problems } = read({
    'GitHub.com': 'ghp_secret',
    'git.contoso.example:8443': { username: 'app', password: 'a:b' },
    'gitlab.contoso.example:443': 'glpat',
  });
  expect(problems).toEqual([]);
  expect(decoded(gitAuthorization('github.com', credentials))).toBe('x-access-token:ghp_secret');
  expect(decoded(gitAuthorization('git.contoso.example:8443', credentials))).toBe('app:a:b');
  expect(decoded(gitAuthorization('gitlab.contoso.example', credentials))).toBe('x-access-token:glpat');
  for (const host of ['api.github.com', 'github.com.evil.example', 'git.contoso.example', 'github.com:8443']) {
    expect(gitAuthorization(host, credentials)).toBeUndefined();
  }
});

test('nothing set is nothing', () => {
  const problems: string[] = [];
  expect(readGitCredentials(undefined, (setting) => problems.push(setting)).size).toBe(0);
  expect(problems).toEqual([]);
});

test.each([
  ['no JSON', '{"github.com": "s3cret"', 1],
  ['a list', ['s3cret'], 1],
  ['a URL with its password', { 'https://user:s3cret@github.com/': 'x' }, 1],
  ['a path', { 'github.com/s3cret': 'x' }, 1],
  ['an empty host', { '': 's3cret' }, 1],
  ['a port that is none', { 'github.com:99999': 's3cret' }, 1],
  ['an empty token', { 'github.com': '' }, 1],
  ['a token with a line feed', { 'github.com': 's3cret\n' }, 1],
  ['a number', { 'github.com': 5 }, 1],
  ['no password', { 'github.com': { username: 's3cret' } }, 1],
  ['a user with a colon', { 'github.com': { username: 'a:b', password: 's3cret' } }, 1],
  ['a field too many', { 'github.com': { username: 'a', password: 's3cret', token: 's3cret' } }, 1],
  ['a host twice', { 'github.com': 's3cret', 'GITHUB.com': 's3cret' }, 1],
  ['several', { 'github.com': 's3cret', 'a b': 's3cret', 'c.example': 7 }, 2],
])('%s: every problem, and no secret', (_, value, count) => {
  const { problems } = read(value);
  expect(problems).toHaveLength(count);
  expect(problems.join('\n')).not.toContain('s3cret');
});

test('an author as Git shows it', () => {
  const problems: string[] = [];
  const report = (setting: string): number => problems.push(setting);
  expect(readGitAuthor('Deploy Bot <bot@contoso.example>', report)).toEqual({
    name: 'Deploy Bot',
    email: 'bot@contoso.example',
  });
  expect(readGitAuthor(undefined, report)).toEqual({ name: 'tagrelay', email: 'tagrelay@localhost' });
  expect(problems).toEqual([]);
  for (const text of ['bot', '<bot@contoso.example>', 'Bot <bot>', 'Bot <a@b> x', 'A\nB <a@b>', ' <a@b>']) {
    readGitAuthor(text, report);
  }
  expect(problems).toHaveLength(6);
});

test('the settings name every problem', () => {
  const { settings, problems } = readSettings({ GIT_CREDENTIALS: '{"github.com":"x","b":1}', GIT_AUTHOR: 'nobody' });
  expect(problems.map(({ setting, code }) => [setting, code])).toEqual([
    ['GIT_CREDENTIALS', 'setting-malformed'],
    ['GIT_AUTHOR', 'setting-malformed'],
  ]);
  expect(settings.gitCredentialHosts).toEqual(['github.com']);
});
