import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { call } from './emulator.ts';
import type { Emulator } from './emulator.ts';

/** What a subscriber got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown> & { readonly resource: Record<string, unknown> };
}
/** A receiver of service hooks of the emulator's project, stopped after the tests of the file. */
export async function hookReceiver(emulator: Emulator) {
  const received: Received[] = [];
  /** What the receiver answers on a path, one after the other; 200 when they are used up. */
  const answers = new Map<string, number[]>();
  const receiver = await serveOnLoopback(async (request, response) => {
    const path = request.url ?? '';
    received.push({ path, headers: request.headers, body: JSON.parse(await text(request)) as Received['body'] });
    response.writeHead(answers.get(path)?.shift() ?? 200).end();
  });
  afterAll(() => receiver.close());
  const hooks = `${emulator.organization}/_apis/hooks`;
  const { project } = (await call(emulator.repository)).body;

  let paths = 0;

  /** Subscribes a path of the receiver of its own. */
  async function subscribe(eventType: string, more: { publisher?: object; consumer?: object; version?: string } = {}) {
    paths += 1;
    const path = `/${paths}`;
    const body = {
      publisherId: eventType.startsWith('ms.') ? 'pipelines' : 'tfs',
      eventType,
      ...(more.version === undefined ? {} : { resourceVersion: more.version }),
      consumerId: 'webHooks',
      consumerActionId: 'httpRequest',
      publisherInputs: { projectId: project.id, ...more.publisher },
      consumerInputs: { url: `${receiver.url}${path}`, ...more.consumer },
    };
    const { status, body: created } = await call(`${hooks}/subscriptions`, body);
    if (status !== 200) throw new Error(`The subscription was answered ${status}`);
    const at = () => received.filter((one) => one.path === path);
    const until = async (count: number) => {
      await eventually(() => expect(at().length).toBeGreaterThanOrEqual(count));
      return at();
    };
    const url = `${hooks}/subscriptions/${created.id}`;
    const get = async () => (await call(url)).body as unknown as Record<string, unknown>;
    return { id: created.id, url, path, body, at, until, get };
  }

  return { url: receiver.url, received, answers, subscribe };
}
