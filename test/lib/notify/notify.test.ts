import { describe, expect, test } from 'vitest';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { formatLogLine } from '../../../src/lib/model/log.ts';
import type { Log } from '../../../src/lib/model/log.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import { messageFor } from '../../../src/lib/notify/message.ts';
import { noticeOf } from '../../../src/lib/notify/notice.ts';
import type { Notice } from '../../../src/lib/notify/notice.ts';
import { makeNoticeStore } from '../../../src/lib/notify/notice-store.ts';
import { sendNotices } from '../../../src/lib/notify/send-notices.ts';
import { readNotify } from '../../../src/lib/settings/notify.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const makeRows = sharedTable();
const time = new Date('2026-11-29T10:00:00.000Z');
const later = (minutes: number): Date => new Date(time.getTime() + minutes * 60_000);

function recordOf(tag: string, route = 'shop/api', environment = 'prod'): Deployment {
  const image = { registry: 'contoso.azurecr.io', repository: 'api', tag };
  const id = updateId(route, environment, image, false);
  return queued({ id, route, environment, image, pushedAt: '', cause: { kind: 'push' } }, '', time);
}

function failed(tag: string, ...more: [string?, string?]): Notice {
  const notice = noticeOf(moveTo(recordOf(tag, ...more), 'failed', { reason: 'no endpoints' }, time), time);
  if (!notice) throw new Error('a failed deployment is worth a notice');
  return notice;
}

/** A webhook that answers with these statuses, then with 200; `hangUp` answers nothing. */
async function receiver(...answers: (number | 'hangUp')[]) {
  const bodies: unknown[] = [];
  const server = await serveOnLoopback((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
      const answer = answers.shift() ?? 200;
      if (answer === 'hangUp') response.destroy();
      else response.writeHead(answer, answer === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end();
    });
  });
  return { bodies, url: `${server.url}/hook?sig=SECRET-${Math.random()}`, close: () => server.close() };
}

function bench(targets: readonly object[]) {
  const problems: string[] = [];
  const read = readNotify(JSON.stringify(targets), true, (_, message) => problems.push(message));
  expect(problems).toEqual([]);
  const lines: string[] = [];
  const log: Log = (level, event, fields) => void lines.push(`${level} ${formatLogLine(event, fields)}`);
  const notices = makeNoticeStore(makeRows());
  const hour = `hour-${Math.random()}`;
  return {
    lines,
    queue: (...some: Notice[]) => notices.queue(hour, some, read),
    run: (now = time) => sendNotices(log, { targets: read, notices, userAgent: 'tagrelay', now: () => now }),
  };
}

function tagsOf(bodies: readonly unknown[]): readonly (readonly string[])[] {
  return bodies.map((body) => (body as { notices: Notice[] }).notices.map(({ tag }) => tag).toSorted());
}

describe('a notice', () => {
  test.each([
    ['failed', 'failed'],
    ['degraded', 'degraded'],
    ['rolled-back', 'rolled-back'],
    ['rejected', 'needs-person'],
    ['abandoned', 'needs-person'],
    ['healthy', undefined],
    ['superseded', undefined],
  ] as const)('of a deployment that is %s: %s', (state, event) => {
    expect(noticeOf(moveTo(recordOf('1'), state, {}, time), time)?.event).toBe(event);
  });

  test('of an update whose tag the registry moved is none: the update of the new image goes on', () => {
    const moved = { code: 'tag-moved', supersededBy: '1@sha256:b' } as const;
    expect(noticeOf(moveTo(recordOf('1'), 'rejected', moved, time), time)).toBeUndefined();
  });

  test('of an update that a window holds, and not of one that waits for something else', () => {
    const opensAt = later(90).toISOString();
    expect(noticeOf(moveTo(recordOf('1'), 'queued', { opensAt }, time), time)?.event).toBe('held');
    expect(noticeOf(moveTo(recordOf('1'), 'queued', { heldUntil: opensAt }, time), time)).toBeUndefined();
  });

  test('of a state that began hours ago is none', () => {
    expect(noticeOf(moveTo(recordOf('1'), 'failed', {}, time), later(7 * 60))).toBeUndefined();
  });
});

test('each event of a deployment is sent once, gathered, to the targets that take it', async () => {
  const all = await receiver();
  const some = await receiver();
  const { queue, run } = bench([
    { kind: 'webhook', url: all.url },
    { kind: 'webhook', url: some.url, routes: ['shop/*'], environments: ['prod'], events: ['failed'] },
  ]);
  await queue(failed('1'), failed('2', 'shop/web'), failed('3', 'shop/api', 'dev'), failed('4', 'other'));
  await queue(failed('1'));
  await run();
  await queue(failed('1'), failed('2', 'shop/web'));
  await run();
  expect(tagsOf(all.bodies)).toEqual([['1', '2', '3', '4']]);
  expect(tagsOf(some.bodies)).toEqual([['1', '2']]);
});

test('a refused message is sent again; one with an unknown outcome is not; a redirect is not followed', async () => {
  const busy = await receiver(503, 429);
  const first = bench([{ kind: 'webhook', url: busy.url }]);
  await first.queue(failed('1'));
  await first.run();
  await first.run();
  await first.run();
  await first.run();
  expect(busy.bodies).toHaveLength(3);

  for (const answer of ['hangUp', 302, 404] as const) {
    const target = await receiver(answer);
    const { queue, run, lines } = bench([{ kind: 'webhook', url: target.url }]);
    await queue(failed('1'));
    await run();
    await run();
    expect(target.bodies, String(answer)).toHaveLength(1);
    expect(lines.join('\n')).toContain('notices-dropped');
    expect(lines.join('\n')).not.toContain('SECRET');
  }
});

test('a target that cannot be reached is tried for a day, and its URL is in no log', async () => {
  const gone = await receiver();
  await gone.close();
  const { queue, run, lines } = bench([{ kind: 'teams', url: gone.url }]);
  await queue(failed('1'));
  await run();
  expect(lines.join('\n')).toContain('notify-failed');
  await run(later(25 * 60));
  expect(lines.join('\n')).toContain('notices-dropped');
  expect(lines.join('\n')).not.toContain('SECRET');
});

test('names and reasons are text in every kind of message; a message lists 20', () => {
  const hostile = { ...failed('1'), route: '<!channel> **x** [a](http://b) &', reason: '<script>' };
  const teams = JSON.stringify(messageFor({ kind: 'teams' }, [hostile]));
  expect(teams).toContain('"contentType":"application/vnd.microsoft.card.adaptive"');
  expect(teams).not.toContain('"TextBlock"');
  const slack = messageFor({ kind: 'slack' }, [hostile]) as { text: string };
  expect(slack.text).toContain('&lt;!channel&gt; **x** [a](http://b) &amp;');
  const many = messageFor(
    { kind: 'slack' },
    Array.from({ length: 25 }, (_, n) => failed(String(n))),
  ) as { text: string };
  expect(many.text.split('\n')).toHaveLength(22);
  expect(many.text).toContain('\nand 5 more');
});

test.each([
  'https://x',
  '[{"kind":"pager","url":"https://hooks.contoso.com/SECRET"}]',
  '[{"kind":"slack","url":"http://hooks.contoso.com/SECRET"}]',
  '[{"kind":"slack","url":"https://user:SECRET@hooks.contoso.com/"}]',
  '[{"kind":"slack","url":"https://hooks.contoso.com/SECRET","events":["healthy"]}]',
])('a wrong setting allows nothing, and its problem has no part of a URL: %s', (text) => {
  const problems: string[] = [];
  expect(readNotify(text, false, (_, message) => problems.push(message))).toEqual([]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).not.toMatch(/SECRET|contoso/);
});

test('the local platform calls this machine only', () => {
  const problems: string[] = [];
  const text = '[{"kind":"slack","url":"https://hooks.contoso.com/SECRET"}]';
  expect(readNotify(text, true, (_, message) => problems.push(message))).toEqual([]);
  expect(problems).toHaveLength(1);
  expect(readNotify(text, false, () => {})).toMatchObject([{ kind: 'slack', label: '1 slack hooks.contoso.com' }]);
});
