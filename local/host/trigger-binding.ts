import type { RegisteredFunction } from './app-registry.ts';
import type { Binding } from './core-types.ts';
import { HostError } from './host-error.ts';

/** The binding that sets a function off. */
export interface TriggerBinding {
  readonly name: string;
  readonly kind: 'http' | 'queue' | 'timer';
  readonly options: Binding;
}

const kinds: Readonly<Record<string, TriggerBinding['kind']>> = {
  httptrigger: 'http',
  queuetrigger: 'queue',
  timertrigger: 'timer',
};
const outputs = new Set(['http', 'queue']);

/** Finds the trigger of a function, and refuses bindings that this host does not have. */
export function triggerOf({ metadata: { name, bindings } }: RegisteredFunction): TriggerBinding {
  let trigger: TriggerBinding | undefined;
  for (const [bindingName, options] of Object.entries(bindings)) {
    const type = options.type?.toLowerCase() ?? '';
    const kind = options.direction === 'in' ? kinds[type] : undefined;
    if (kind !== undefined) trigger = { name: bindingName, kind, options };
    else if (options.direction !== 'out' || !outputs.has(type)) {
      throw new HostError(
        'binding-unsupported',
        `"${name}" has a binding of type "${options.type}" (${options.direction}). ` +
          'The local host has HTTP, storage queue and timer triggers and HTTP and storage queue outputs.',
      );
    }
  }
  if (trigger === undefined) throw new HostError('binding-unsupported', `"${name}" has no trigger.`);
  return trigger;
}
