import { describe, expect, test } from 'vitest';
import { gitText } from '../../../support/bare-repository.ts';
import { list, pushTag, readText, seed, valuesFile } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

export function describeFaults(getHost: GetHost): void {
  describe('push', () => {
    test('that the rules of the repository refuse', async () => {
      const { first, repository, ...made } = await seed(getHost);
      await getHost().refusePushes(made);
      const pushed = pushTag(repository, first, 2);
      await expect(pushed.finally(() => getHost().mend())).rejects.toMatchObject({ code: 'push-rejected-by-policy' });
      expect(await gitText(made.directory, 'rev-parse', 'main')).toBe(first);
    });

    test('whose answer is lost may have been done', async () => {
      const { repository, directory, first } = await seed(getHost);
      getHost().breakStep('push', 'dropped-after');
      await expect(pushTag(repository, first, 2).finally(() => getHost().mend())).rejects.toMatchObject({
        code: 'answer-lost',
      });
      const { commit } = await repository.tip('main');
      expect(commit).not.toBe(first);
      expect(await readText(repository, commit)).toBe('tag: "2"\n');
      const [latest] = await list(repository.history(commit, valuesFile, 1));
      expect(latest).toMatchObject({ commit, message: expect.stringMatching(/^deploy: 2\s*$/) });
      expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
    });

    test('that never arrived', async () => {
      const { repository, directory, first } = await seed(getHost);
      getHost().breakStep('push', 'dropped-before');
      await expect(pushTag(repository, first, 2).finally(() => getHost().mend())).rejects.toMatchObject({
        code: 'answer-lost',
      });
      expect(await gitText(directory, 'rev-parse', 'main')).toBe(first);
      await pushTag(repository, first, 2);
      expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
    });
  });

  describe.each(['tip', 'push'] as const)('%s when', (step) => {
    test.each([
      ['throttled', { code: 'throttled', retryAfterSeconds: 7 }],
      ['unavailable', { code: 'service-unavailable' }],
      ['sign-in-page', { code: 'sign-in-failed' }],
      ['redirect', { code: 'sign-in-failed' }],
      ['expired-credential', { code: 'sign-in-failed' }],
      ['permission-denied', { code: 'permission-denied' }],
    ] as const)('%s', async (fault, expected) => {
      const { directory, first, open } = await seed(getHost);
      const repository = open();
      await repository.read(first, [valuesFile]);
      getHost().breakStep(step, fault);
      const tried: Promise<unknown> = step === 'tip' ? repository.tip('main') : pushTag(repository, first, 2);
      await expect(tried.finally(() => getHost().mend())).rejects.toMatchObject(expected);
      expect(await gitText(directory, 'rev-parse', 'main')).toBe(first);
    });
  });
}
