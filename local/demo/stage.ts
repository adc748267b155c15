import type { RepositoryOption } from '../options.ts';
import type { Platform } from '../platform.ts';
import { pushByHttp } from '../registry/client.ts';
import type { Registry } from '../registry/registry.ts';
import type { Terminal } from '../terminal.ts';
import type { Steps } from './steps.ts';

export interface DemoImage {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** The running platform of a demo. */
export interface Stage {
  readonly platform: Platform;
  readonly steps: Steps;
  readonly terminal: Terminal;
  readonly image: DemoImage;
  /** Stands in for the registry of the image. */
  readonly registry: Registry;
  readonly gitOps: RepositoryOption;
  /** Aborted when the demo is stopped. */
  readonly signal: AbortSignal;
}

/** Pushes the image of the demo, or the same under another tag. @returns its digest */
export async function pushImage(
  { image, registry: { url }, platform: { key } }: Stage,
  { tag = image.tag, labels = {} }: { readonly tag?: string; readonly labels?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return pushByHttp({ url, user: { name: 'me', password: key } }, { ...image, tag, labels });
}
