import { expect, onTestFinished, it, vi } from 'vitest';
import { captureConsole } from '../../../local/host/app-console.ts';

it('sends lines of the console to the latest host, and gives the console back', () => {
  const printed = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const { info, warn, error } = console;
  onTestFinished(() => void Object.assign(console, { info, warn, error }));
  Object.assign(console, printed);
  const lines: string[] = [];
  const release = captureConsole((level, text) => lines.push(`first ${level} ${text}`));
  const releaseLater = captureConsole((level, text) => lines.push(`second ${level} ${text}`));
  console.info('settled route=%s', 'api');
  releaseLater();
  console.warn('late', 1);
  console.error('broken');
  release();
  release();
  console.info('after');
  expect(lines).toEqual(['second information settled route=api', 'first warning late 1', 'first error broken']);
  expect([printed.info.mock.calls, printed.warn.mock.calls, printed.error.mock.calls]).toEqual([
    [['after']],
    [],
    [['broken']],
  ]);
});
