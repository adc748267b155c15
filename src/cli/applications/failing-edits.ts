import { decode, openFile } from '../../lib/edit/edit.ts';
import { Failure } from '../../lib/model/failure.ts';
import { imageName, type ImageReference } from '../../lib/model/image-reference.ts';
import type { Environment, RouteTable } from '../../lib/routes/route.ts';
import { inspect, type OpenedFile } from '../../lib/values/inspect.ts';
import type { ImageGuess } from '../init/guess.ts';
import type { RunningApplication } from './application.ts';
import type { Checkout, Checkouts } from './place.ts';
import { parseCloneUrl } from '../clone-url.ts';

/** An environment of an image whose files tagrelay cannot edit. */
export interface FailingEdit {
  readonly image: string;
  readonly environment: string;
  readonly applications: readonly string[];
  readonly reason: string;
}

interface Context {
  readonly applications: readonly RunningApplication[];
  readonly checkouts: Checkouts;
  readonly azureDevOpsCollections: readonly string[];
}

// Some files refuse only an edit that changes them.
const another = { tag: 'another', digest: `sha256:${'0'.repeat(64)}` };

/** Tries every edit of proposed routes in the checkouts, with another tag of the image. */
export function failingEdits(
  guesses: readonly ImageGuess[],
  table: RouteTable,
  context: Context,
): readonly FailingEdit[] {
  const running = new Map<string, ImageReference>();
  for (const { images } of context.applications)
    for (const image of images) if (!running.has(imageName(image))) running.set(imageName(image), image);
  const opened = new Map<string, OpenedFile>();
  return guesses.flatMap(({ image, environments }) =>
    [...environments.keys()].flatMap((name): FailingEdit[] => {
      const found = table.find(image, name);
      const reference = running.get(image);
      if (!found || !reference) return [];
      const { environment, route } = found;
      const reason = reasonOf(environment, route.name, reference, context, opened);
      return reason === undefined ? [] : [{ image, environment: name, applications: environment.application, reason }];
    }),
  );
}

function reasonOf(
  environment: Environment,
  route: string,
  image: ImageReference,
  { checkouts, azureDevOpsCollections }: Context,
  opened: Map<string, OpenedFile>,
): string | undefined {
  const address = parseCloneUrl(environment.repository, azureDevOpsCollections);
  const checkout =
    'problem' in address
      ? undefined
      : checkouts.of({
          ...address,
          text: address.url,
          ...(environment.branch !== undefined && { branch: environment.branch }),
        });
  if (!checkout) return undefined;
  const files = new Map(environment.update.map(({ file }) => [file, open(checkout, file, opened)]));
  const update = {
    id: '',
    route,
    environment: environment.name,
    image: { ...image, ...another },
    pushedAt: new Date(0).toISOString(),
    cause: { kind: 'push' as const },
  };
  try {
    return inspect({ update, environment }, files) === 'ignored' ? 'the file has no place for it' : undefined;
  } catch (error) {
    if (error instanceof Failure) return `${error.message} [${error.code}]`;
    throw error;
  }
}

function open(checkout: Checkout, path: string, opened: Map<string, OpenedFile>): OpenedFile {
  const key = JSON.stringify([checkout.key, checkout.branch, path]);
  if (!opened.has(key)) opened.set(key, openOnce(checkout, path));
  return opened.get(key);
}

function openOnce(checkout: Checkout, path: string): OpenedFile {
  const bytes = checkout.read(path);
  try {
    return bytes && openFile(path, decode(path, bytes));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
