import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { formatImageReference, parseImageReference } from '../../lib/model/image-reference.ts';
import { UsageError, type Command, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { flag, textOption } from '../options.ts';
import { appHelp, appOptions, makeAppClient } from './app-client.ts';

const help = `
Sends the app the event that a registry sends when an image is pushed. The app still verifies the image in the
registry, unless VERIFY_IMAGE is false.

  --image REFERENCE  registry/repository:tag, with @sha256:… where an environment writes digests
${appHelp}

Exit code 0: stored; 1: refused; 2: usage error.
`;

/** `tagrelay send`: queues a pushed image by hand. */
export const sendCommand: Command = {
  name: 'send',
  summary: 'send the app the event of a pushed image, as its registry would',
  help,
  options: { image: { type: 'string' }, ...appOptions },
  run: send,
};

const storedSchema = z.union([z.object({ id: z.string() }), z.object({ ignored: z.string() })]);

async function send(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const text = textOption(args, 'image');
  if (text === undefined) throw new UsageError('expected --image registry/repository:tag');
  const image = parseImageReference(text);
  if (image?.tag === undefined) {
    throw new UsageError(
      `--image is \`${text}\`; expected registry/repository:tag, as in contoso.azurecr.io/shop/api:1241`,
    );
  }
  const { registry, repository, tag, digest } = image;
  const { value, json } = await makeAppClient(args, io).call('POST', 'webhooks/acr', storedSchema, {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'push',
    target: { repository, tag, ...(digest === undefined ? {} : { digest }) },
    request: { host: registry },
  });
  const name = formatImageReference(image);
  if (flag(args, 'json')) io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  else if ('id' in value) io.stdout.write(`Stored ${name} as event ${value.id}. Next: tagrelay status --tag ${tag}\n`);
  else io.stdout.write(`${name} is ignored: ${value.ignored}\n`);
  return 'id' in value ? 0 : 1;
}
