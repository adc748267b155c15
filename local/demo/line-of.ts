import { parseTrailers } from '../../src/lib/model/trailers.ts';
import type { Step } from './steps.ts';

/** A line of the demo's story. */
export interface StoryLine {
  /** The environment, or the part of the platform that acts. */
  readonly place: string;
  readonly text: string;
  readonly isBad?: boolean;
  /** A commit whose diff follows. */
  readonly commit?: string;
}

/** The part of the story that is shown. */
export interface LineOptions {
  /** The environment whose every step is shown; of others only results are. */
  readonly detailed?: string;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** The log lines that show a fault. */
const faults = new Set([
  'rejected',
  'abandoned',
  'rescheduled',
  'event-not-stored',
  'undelivered',
  'gate-lost',
  'not-reported',
  'argocd-not-refreshed',
  'argocd-not-asked',
  'not-settled',
  'due-job-failed',
  'periodic-job-failed',
]);

/** The line of a step in the story of an image that goes from dev to prod; `undefined` where the story does not show it. */
export function lineOf({ name, fields }: Step, { detailed, now }: LineOptions): StoryLine | undefined {
  const { environment: place = '', previous = '', tag = '' } = fields;
  switch (name) {
    case 'queued':
      return detailed === undefined ? undefined : { place: 'registry', text: 'its webhook reaches tagrelay' };
    case 'pull-request':
      return {
        place,
        text: `pull request ${fields['number'] ?? ''} for a person to complete: ${withoutDigest(previous)} → ${tag}`,
      };
    case 'held':
      return { place, text: heldText(fields, now) };
    case 'argocd':
      return argoCdLine(fields, detailed);
    case 'gate-completed': {
      const { result = '', reason = '' } = fields;
      // The route is that of the story, and Argo CD's own lines show its reasons.
      const [, what = ''] = /^(?:\S+\/\S+ )?([^:]*)/.exec(reason) ?? [];
      return { place: 'pipeline', text: `its gate ${result}: ${what}`, isBad: result !== 'succeeded' };
    }
    default:
      return faults.has(name) ? faultLine(name, fields) : undefined;
  }
}

/** The lines of a commit on the branch that Argo CD deploys, by the trailers of its message: one for each environment. */
export function linesOfCommit(message: string, commit: string, detailed: string | undefined): readonly StoryLine[] {
  return parseTrailers(message).map(({ environment: place, previous = '', image, cause }) => {
    const change = `${withoutDigest(previous)} → ${withoutDigest(image).replace(/^.*:/, '')}`;
    const text = `${cause === 'rollback' ? 'rolled back by ' : ''}commit ${commit.slice(0, 10)}: ${change}`;
    return place === detailed ? { place, text, commit } : { place, text };
  });
}

function withoutDigest(value: string): string {
  return value.split('@')[0] ?? value;
}

/** A wait until a time, in seconds from now. */
function heldText({ reason = '', until = '' }: Step['fields'], now: number): string {
  const seconds = Math.max((Date.parse(until) - now) / 1000, 0).toFixed(1);
  return `waits ${seconds} s: ${reason.replace(/ until \S+Z$/, '')}`;
}

/** The applications are named after service and environment. */
function argoCdLine(
  { application = '', text = '' }: Step['fields'],
  detailed: string | undefined,
): StoryLine | undefined {
  const place = application.slice(application.lastIndexOf('-') + 1);
  const isResult = /, (?:Healthy|Degraded)$/.test(text) && !text.includes('running');
  if (place !== detailed && !isResult) return undefined;
  return { place, text: `Argo CD: ${text}`, isBad: text.endsWith('Degraded') };
}

function faultLine(name: string, fields: Step['fields']): StoryLine {
  const { environment = 'tagrelay', code, reason = fields['error'] } = fields;
  const text = [name, code, reason].filter((part) => part !== undefined && part !== '').join(': ');
  return { place: environment, text, isBad: true };
}
