import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import hostJson from './host.json' with { type: 'json' };
import { queueNames, workQueues } from './src/lib/azure/queues.ts';

/**
 * Writes what has to name every queue: the ones that Bicep makes, and the triggers that KEDA scales by. With `--check`
 * says which of the files are stale.
 */
const listened = workQueues.flatMap((queue) => [queue, `${queue}-poison`]);
const { batchSize, newBatchThreshold } = hostJson.extensions.queues;

const scaledObject = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'tagrelay' },
  spec: {
    scaleTargetRef: { name: 'tagrelay' },
    // Webhooks need somebody who listens, and timers somebody who is awake.
    minReplicaCount: 1,
    maxReplicaCount: 4,
    cooldownPeriod: 300,
    triggers: listened.map((queueName) => ({
      type: 'azure-queue',
      metadata: {
        accountName: 'STORAGE_ACCOUNT',
        queueName,
        // What one replica works on at once: `batchSize` + `newBatchThreshold` of host.json.
        queueLength: String(batchSize + newBatchThreshold),
      },
      authenticationRef: { name: 'tagrelay' },
    })),
  },
};

const files: Readonly<Record<string, string>> = {
  'infra/queues.json': `${JSON.stringify([...Object.values(queueNames), ...workQueues.map((queue) => `${queue}-poison`)].toSorted(), null, 2)}\n`,
  'infra/keda/scaled-object.yaml': `# Written by \`npm run infra\`: do not edit. How to use it: docs/containers.md.\n${stringify(scaledObject)}`,
};

for (const [name, text] of Object.entries(files)) {
  const file = join(import.meta.dirname, name);
  if (!process.argv.includes('--check')) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${name} is stale; \`npm run infra\` writes it anew.`);
    process.exitCode = 1;
  }
}
