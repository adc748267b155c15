import Module from 'node:module';
import type { AppRegistry } from './app-registry.ts';

let current: AppRegistry | undefined;
let installed = false;

/**
 * Makes `require('@azure/functions-core')` answer with the given registry, as the Functions worker does by replacing
 * `Module.prototype.require` (its `setupCoreModule.ts`). The library asks once, at its first registration, and keeps the
 * answer, so this comes before the app is loaded.
 */
export function provideCoreModule(registry: AppRegistry): void {
  current = registry;
  if (installed) return;
  installed = true;
  const original = Reflect.get(Module.prototype, 'require');
  Module.prototype.require = new Proxy(original, {
    apply: (target, self, args: [string]): unknown =>
      args[0] === '@azure/functions-core' && current !== undefined ? current.core : Reflect.apply(target, self, args),
  });
}
