import { stringify } from 'yaml';
import hostJson from '../../host.json' with { type: 'json' };
import { queueNames } from '../../src/lib/storage/queues.ts';

const listened = [queueNames.work, queueNames.poison];
const names = Object.values(queueNames).toSorted();
const { batchSize, newBatchThreshold } = hostJson.extensions.queues;

const scaledObject = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'tagrelay' },
  spec: {
    scaleTargetRef: { name: 'tagrelay' },
    // Webhooks and the clock need one running replica.
    minReplicaCount: 1,
    maxReplicaCount: 4,
    cooldownPeriod: 300,
    triggers: listened.map((queueName) => ({
      type: 'azure-queue',
      metadata: {
        accountName: 'STORAGE_ACCOUNT',
        queueName,
        // The messages that one replica handles at once: `batchSize` + `newBatchThreshold` of host.json.
        queueLength: String(batchSize + newBatchThreshold),
      },
      authenticationRef: { name: 'tagrelay' },
    })),
  },
};

/** The list of queues that Bicep creates, and the KEDA manifest. Keys are paths from the repository's root. */
export function queueFiles(): Readonly<Record<string, string>> {
  return {
    'infra/queues.json': `[${names.map((name) => JSON.stringify(name)).join(', ')}]\n`,
    'infra/keda/scaled-object.yaml': `# Written by \`npm run generate\`: do not edit. How to use it: docs/containers.md.\n${stringify(scaledObject)}`,
  };
}
