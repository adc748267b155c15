import { onTestFinished } from 'vitest';
import { request as sendRequest } from 'node:http';
import { startStorage } from '../../local/storage/storage.ts';
import { serveOnLoopback } from './loopback-server.ts';

/** Table storage whose requests are counted. */
export async function countedTable() {
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const [, target = ''] = /TableEndpoint=([^;]+)/.exec(storage.connectionString) ?? [];
  const { origin, pathname } = new URL(target);
  const requests: string[] = [];
  const server = await serveOnLoopback((request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    requests.push(`${method} ${decodeURIComponent(url)}`);
    const onward = sendRequest(new URL(url, origin), { method, headers });
    onward.on('error', () => response.destroy());
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  onTestFinished(() => server.close());
  return {
    settings: {
      AzureWebJobsStorage: storage.connectionString.replace(target, `${server.url}${pathname}`),
    },
    /** The settings of a client whose requests do not count. */
    uncounted: { AzureWebJobsStorage: storage.connectionString },
    /** The requests of the work. */
    requestsOf: async (work: () => Promise<unknown>): Promise<readonly string[]> => {
      requests.length = 0;
      await work();
      return [...requests];
    },
  };
}
