import { matchesGlob } from '../routes/match/glob.ts';
import type { Notice, NoticeEvent } from './notice.ts';

export const targetKinds = ['teams', 'slack', 'webhook'] as const;

/** A webhook that receives notices. */
export interface Target {
  readonly kind: (typeof targetKinds)[number];
  /** **Secret**: it holds a signature or token. */
  readonly url: string;
  /** A hash of the URL, for rows. */
  readonly id: string;
  /** For logs: `2 slack hooks.slack.com`. */
  readonly label: string;
  /** Globs; an absent filter takes all. */
  readonly routes?: readonly string[];
  readonly environments?: readonly string[];
  readonly events?: readonly NoticeEvent[];
}

export function takes({ routes, environments, events }: Target, { route, environment, event }: Notice): boolean {
  return (
    (routes?.some((glob) => matchesGlob(glob, route, 'name')) ?? true) &&
    (environments?.some((glob) => matchesGlob(glob, environment, 'name')) ?? true) &&
    (events?.includes(event) ?? true)
  );
}
