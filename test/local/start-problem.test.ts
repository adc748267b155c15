import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeStartProblem } from '../../local/start-problem.ts';

const demo = { mode: 'demo', once: false, fail: false, port: 7071, devopsPort: 7072 } as const;
const serve = {
  mode: 'serve',
  scale: 'one',
  routesFile: '/home/ada/routes.yaml',
  applications: undefined,
  repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: '/srv/gitops.git' }],
  registries: [{ host: 'contoso.azurecr.io', port: 7073 }],
  storage: '/srv/storage',
  leaseSeconds: 30,
  port: 7071,
  devopsPort: 7072,
} as const;

function systemError(fields: object): Error {
  return Object.assign(new Error('the system says no'), fields);
}

test.each([
  [7071, '--port PORT'],
  [7072, '--devops-port PORT'],
  [7073, '--registry contoso.azurecr.io=PORT'],
])('port %i in use: its flag', (port, flag) => {
  const error = new Error('cannot listen', { cause: systemError({ code: 'EADDRINUSE', port }) });
  expect(describeStartProblem(error, serve)).toBe(
    `Port ${port} is in use. Stop the program that uses it, or choose another one: ${flag} (0: a free one).`,
  );
});

test('a port that only an administrator may use', () => {
  const error = systemError({ code: 'EACCES', syscall: 'listen', port: 80 });
  expect(describeStartProblem(error, { ...demo, port: 80 })).toContain('--port PORT');
});

test.each([
  ['/srv/storage/queues', '--storage DIR'],
  ['/srv/gitops.git', '--repository ORG/PROJECT/NAME=BARE_DIR'],
  [join(tmpdir(), 'tagrelay-x'), 'TMPDIR'],
  ['/opt/tagrelay/dist', 'Copy this checkout'],
])('%s cannot be written: what to do', (path, advice) => {
  for (const code of ['EACCES', 'EPERM', 'EROFS', 'ENOSPC']) {
    const problem = describeStartProblem(systemError({ code, syscall: 'mkdir', path }), serve);
    expect(problem).toContain(path);
    expect(problem).toContain(advice);
  }
});

test('no git', () => {
  expect(describeStartProblem(systemError({ code: 'ENOENT', syscall: 'spawn git', path: 'git' }), demo)).toContain(
    'git',
  );
});

test.each([[new TypeError('a bug')], ['text'], [systemError({ code: 'ENOENT', path: '/x' })]])(
  'another error is left as it is: %s',
  (error) => expect(describeStartProblem(error, demo)).toBeUndefined(),
);
