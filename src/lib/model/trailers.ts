/** The fields of one `Image-Update` trailer of a commit. */
export interface ImageUpdate {
  readonly route: string;
  readonly environment: string;
  /** `registry/repository:tag`, with `@digest` where the environment writes one. */
  readonly image: string;
  /** The tag that was there before; absent where there was none. */
  readonly previous?: string;
  /** When the image was pushed, ISO 8601. */
  readonly pushed?: string;
  readonly id: string;
  /** URL of the source repository, `@` and the commit. */
  readonly source?: string;
  /** URL of the build. */
  readonly build?: string;
  /** `promotion` or `rollback`; absent for a push. */
  readonly cause?: string;
  /** `rollback`: the id of the deployment that was reverted, if one put the value there. */
  readonly of?: string;
  /** `promotion`: the healthy records, each as `environment:id`, separated by commas. */
  readonly from?: string;
}

const token = 'Image-Update';
const fields = [
  'route',
  'environment',
  'image',
  'previous',
  'pushed',
  'id',
  'source',
  'build',
  'cause',
  'of',
  'from',
] as const;

/** `Image-Update: route=… environment=… …`; a value's spaces and control characters are percent-encoded. */
export function formatTrailer(update: ImageUpdate): string {
  const pairs = fields.flatMap((name) => {
    const value = update[name];
    return value === undefined ? [] : [`${name}=${encodeValue(value)}`];
  });
  return `${token}: ${pairs.join(' ')}`;
}

/** The `Image-Update` trailers of a commit message: of its last paragraph only, as `git interpret-trailers` reads it. */
export function parseTrailers(message: string): ImageUpdate[] {
  const paragraphs = message
    .replace(/\r\n/g, '\n')
    .trimEnd()
    .split(/\n[ \t]*\n/);
  if (paragraphs.length < 2) return [];
  return (paragraphs.at(-1) ?? '').split('\n').flatMap((line) => parseTrailer(line) ?? []);
}

function parseTrailer(line: string): ImageUpdate | undefined {
  const [, text] = /^image-update\s*:\s*(.*)$/i.exec(line) ?? [];
  if (text === undefined) return undefined;
  const found: Partial<Record<(typeof fields)[number], string>> = {};
  for (const pair of text.split(/\s+/)) {
    const at = pair.indexOf('=');
    const name = fields.find((field) => field === pair.slice(0, at));
    if (name) found[name] = decodeValue(pair.slice(at + 1));
  }
  const { route, environment, image, id, ...rest } = found;
  if (route === undefined || environment === undefined || image === undefined || id === undefined) return undefined;
  return { route, environment, image, id, ...rest };
}

const toleranceMs = 5 * 60_000;

/**
 * The push time of a trailer; `undefined` if it lies more than 5 minutes ahead of its own commit or of the present. A
 * time in the far future would supersede every later push.
 */
export function believablePush({ pushed }: ImageUpdate, committedAt: Date, now: Date): string | undefined {
  const time = pushed === undefined ? NaN : Date.parse(pushed);
  return time <= Math.min(committedAt.getTime(), now.getTime()) + toleranceMs ? pushed : undefined;
}

function encodeValue(value: string): string {
  return value.replace(/[\s%\p{C}]/gu, encodeURIComponent);
}

function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // Somebody else wrote a lone `%`.
  }
}
