import { pathToFileURL } from 'node:url';
import { AppRegistry } from '../../local/host/app-registry.ts';
import { provideCoreModule } from '../../local/host/core-module.ts';
import { peakMemory } from '../../local/scale/peak-memory.ts';

/*
 * Loads an app as the Functions worker does and says how long that took. By `import()`, because the package is of the type
 * `module`, and with nothing of a host but the functions that register.
 */
const [entryPoint = ''] = process.argv.slice(2);
const registry = new AppRegistry('4.0.0', () => undefined);
provideCoreModule(registry);
import(pathToFileURL(entryPoint).href).then(
  () => {
    // Counted from the start of the process.
    const ms = performance.now();
    const peakBytes = peakMemory();
    process.stdout.write(JSON.stringify({ ms, peakBytes, functions: registry.functions.length }));
  },
  (error: unknown) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
  },
);
