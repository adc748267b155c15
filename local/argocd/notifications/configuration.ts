import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseExpression } from '../expression/parse.ts';
import type { Expression } from '../expression/parse.ts';
import { parseTemplate } from '../template/parse.ts';
import type { TemplateNode } from '../template/parse.ts';

/** A condition of a trigger, with the hash that identifies it in Argo CD's state. */
export interface Condition {
  /** Text of the ConfigMap, from which Argo CD computes the hash. */
  readonly text: string;
  readonly when: Expression;
  readonly oncePer?: Expression;
}

/** The configuration of Argo CD Notifications that this project ships. */
export interface NotificationConfiguration {
  /** Name of trigger, template and service. */
  readonly name: string;
  readonly method: string;
  /** Secrets stay `$key`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly TemplateNode[];
  readonly conditions: readonly Condition[];
}

const shippedFile = join(import.meta.dirname, '../../../infra/argocd/notifications-cm.yaml');
const name = 'tagrelay';

const configMapSchema = z.object({
  data: z.object({
    [`service.webhook.${name}`]: z.string(),
    [`template.${name}`]: z.string(),
    [`trigger.${name}`]: z.string(),
    subscriptions: z.string(),
  }),
});
const serviceSchema = z.object({ headers: z.array(z.object({ name: z.string(), value: z.string() })) });
const templateSchema = z.object({
  webhook: z.object({ [name]: z.object({ method: z.string(), body: z.string() }) }),
});
const triggerSchema = z.array(
  z.object({ when: z.string(), oncePer: z.string().optional(), send: z.tuple([z.literal(name)]) }),
);

/** Reads the ConfigMap that the project ships in `infra/argocd/`. */
export async function readShippedConfiguration(file = shippedFile): Promise<NotificationConfiguration> {
  const { data } = configMapSchema.parse(parse(await readFile(file, 'utf8')));
  const entry = (key: string): unknown => parse(z.string().parse(data[key as keyof typeof data]));
  const { headers } = serviceSchema.parse(entry(`service.webhook.${name}`));
  const { method, body } = templateSchema.parse(entry(`template.${name}`)).webhook[name];
  return {
    name,
    method,
    headers: Object.fromEntries(headers.map((header) => [header.name, header.value])),
    body: parseTemplate(body),
    conditions: triggerSchema.parse(entry(`trigger.${name}`)).map(toCondition),
  };
}

function toCondition({ when, oncePer }: z.infer<typeof triggerSchema>[number]): Condition {
  const condition = { text: when, when: parseExpression(when) };
  return oncePer === undefined ? condition : { ...condition, oncePer: parseExpression(oncePer) };
}
