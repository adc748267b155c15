import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { HostError } from '../../../local/host/host-error.ts';
import { readHostJson } from '../../../local/host/host-json.ts';

const minimal = '{ "version": "2.0" }';

describe('host.json', () => {
  it('has the defaults of the Functions host', () => {
    expect(readHostJson(minimal, {})).toEqual({
      routePrefix: 'api',
      queues: {
        batchSize: 16,
        newBatchThreshold: 8 * availableParallelism(),
        maxDequeueCount: 5,
        visibilityTimeoutMs: 0,
        maxPollingIntervalMs: 60_000,
        messageEncoding: 'base64',
      },
    });
  });

  it('is read without regard to case, and what this host does not know is left alone', () => {
    const text = JSON.stringify({
      version: '2.0',
      functionTimeout: '00:10:00',
      logging: { applicationInsights: { samplingSettings: { isEnabled: true } } },
      Extensions: {
        HTTP: { RoutePrefix: '/v1/' },
        queues: { BatchSize: 32, newBatchThreshold: 96, visibilityTimeout: '00:00:30' },
      },
    });
    expect(readHostJson(text, {})).toMatchObject({
      routePrefix: 'v1',
      queues: { batchSize: 32, newBatchThreshold: 96, visibilityTimeoutMs: 30_000 },
    });
  });

  it('gives way to settings', () => {
    const env = {
      AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.2000000',
      azurefunctionsjobhost__EXTENSIONS__queues__batchSize: '8',
      'AzureFunctionsJobHost:extensions:http:routePrefix': '',
    };
    const text =
      '{ "version": "2.0", "extensions": { "queues": { "maxPollingInterval": "00:00:01", "batchSize": 2 } } }';
    expect(readHostJson(text, env)).toMatchObject({
      routePrefix: '',
      queues: { maxPollingIntervalMs: 200, batchSize: 8 },
    });
  });

  it.each([
    ['{', {}],
    ['{}', {}],
    ['{ "version": "1.0" }', {}],
    [minimal, { AzureFunctionsJobHost__extensions__queues__batchSize: '33' }],
    [minimal, { AzureFunctionsJobHost__extensions__queues__batchSize: 'many' }],
    [minimal, { AzureFunctionsJobHost__extensions__queues__maxDequeueCount: '0' }],
    [minimal, { AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '1s' }],
    [minimal, { AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.01' }],
    [minimal, { AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:61:00' }],
    [minimal, { AzureFunctionsJobHost__extensions__queues__messageEncoding: 'utf8' }],
  ])('%s with %j is refused', (text, env) => {
    expect(() => readHostJson(text, env)).toThrow(expect.objectContaining({ code: 'host-json-invalid' }) as HostError);
  });

  it('is refused with every problem at once', () => {
    const env = {
      AzureFunctionsJobHost__extensions__queues__batchSize: '0',
      AzureFunctionsJobHost__extensions__queues__messageEncoding: 'x',
    };
    expect(() => readHostJson(minimal, env)).toThrow(/batchsize.*messageencoding/u);
  });
});
