import { parse } from 'yaml';
import { z } from 'zod';
import { notificationName, notificationSubscription } from '../../lib/argocd/notifications/config-map.ts';
import { UsageError } from '../command.ts';
import { readNamedFile } from '../files.ts';

const list = z.array(z.unknown());
const configMapSchema = z.object({
  kind: z.literal('ConfigMap'),
  /** `subscriptions` is a text that holds YAML. */
  data: z.object({ subscriptions: z.string().default('[]') }).default({ subscriptions: '[]' }),
});
const valuesSchema = z.object({ notifications: z.object({ subscriptions: list.default([]) }) });
const ownSchema = z.object({ recipients: z.array(z.string()), triggers: z.array(z.string()).default([]) });

/**
 * The subscriptions that a ConfigMap or Helm values have besides our own, in their order.
 *
 * @throws {UsageError} where the file is neither: nothing that somebody has subscribed to may get lost
 */
export async function readSubscriptions(path: string): Promise<readonly unknown[]> {
  const text = await readNamedFile(path, 'the file of --existing');
  const file = parseYaml(text);
  const configMap = configMapSchema.safeParse(file);
  const values = valuesSchema.safeParse(file);
  const found = configMap.success
    ? list.safeParse(parseYaml(configMap.data.data.subscriptions))
    : values.success
      ? { data: values.data.notifications.subscriptions }
      : { data: undefined };
  if (found.data === undefined) {
    throw new UsageError(
      `the file of --existing ${path} is neither a ConfigMap with subscriptions nor Helm values; expected what \`kubectl get configmap argocd-notifications-cm --output yaml\` prints`,
    );
  }
  return found.data.filter((one) => !isOurs(one));
}

function isOurs(subscription: unknown): boolean {
  const { data } = ownSchema.safeParse(subscription);
  if (!data) return false;
  return data.recipients.every((name) => name === notificationName) && data.triggers.every(isOurTrigger);
}

function isOurTrigger(name: string): boolean {
  return notificationSubscription.triggers.some((ours) => ours === name);
}

/** An empty list where there is nothing but comments. */
function parseYaml(text: string): unknown {
  try {
    return (parse(text) as unknown) ?? [];
  } catch {
    return undefined; // The caller reports the wrong kind of file.
  }
}
