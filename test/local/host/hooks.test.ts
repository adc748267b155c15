import { once } from 'node:events';
import { expect, it } from 'vitest';
import { fixtureSignals, startFixture } from '../support/fixture.ts';

it('runs the hooks of the app, from its start to its end', async () => {
  const app = await startFixture('hooks');
  expect(await (await fetch(`${app.url}/api/mended`)).text()).toBe('mended by the hook');
  // The response is made after the last hook.
  expect(await (await fetch(`${app.url}/api/seen`)).json()).toEqual([
    'appStart object',
    'pre mended',
    'post true broken',
    'pre seen',
    'post true fine',
  ]);
  const terminated = once(fixtureSignals, 'terminated');
  await app.close();
  const [seen] = (await terminated) as [readonly string[]];
  expect(seen).toHaveLength(5);
});

it('lets log hooks change what the app logs, and passes over one that throws', async () => {
  const app = await startFixture('hooks');
  await fetch(`${app.url}/api/logs`);
  await app.close();
  const logs = app.events.flatMap((event) =>
    event.type === 'log' && event.category === 'user' ? [[event.level, event.text]] : [],
  );
  expect(logs).toEqual([
    ['information', 'a ***'],
    ['warning', 'breaks the hook'],
    ['error', 'an error { code: 7 }'],
  ]);
});
