import { startHost } from '../../../local/host/host.ts';

// Runs the app in the folder of its first argument and calls it once. With a second argument it hears of the app's end.
const [root = '', hears] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const host = await startHost({
  root,
  settings: {},
  port: 0,
  masterKey: 'k',
  log: (event) => {
    if (event.type !== 'function-found') say(event.type);
  },
  ...(hears === undefined ? {} : { onFatal: (error: unknown) => say(`fatal ${String(error)}`) }),
});
await fetch(`${host.url}/api/a`).then(
  () => say('answered'),
  () => say('connection lost'),
);
await host.close();
say('closed');
