import type { Notice } from './notice.ts';
import type { Target } from './target.ts';

/** Notices of one message. The others are counted. */
const mostListed = 20;

/** The body of a message for a target. Names and reasons are shown as text, without markup. */
export function messageFor({ kind }: Pick<Target, 'kind'>, notices: readonly Notice[]): object {
  switch (kind) {
    case 'teams':
      return teamsCard(notices);
    case 'slack':
      return { text: [titleOf(notices), ...linesOf(notices)].map(escapeSlack).join('\n'), mrkdwn: false };
    case 'webhook':
      return { notices };
    default:
      return kind satisfies never;
  }
}

/** An Adaptive Card in the envelope of Teams workflows. `TextRun` shows text without Markdown. */
function teamsCard(notices: readonly Notice[]): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [paragraph(titleOf(notices), { weight: 'Bolder' }), ...linesOf(notices).map((line) => paragraph(line))],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function paragraph(text: string, more: object = {}): object {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...more }] };
}

function titleOf({ length }: readonly Notice[]): string {
  return length === 1 ? 'tagrelay: a deployment needs attention' : `tagrelay: ${length} deployments need attention`;
}

function linesOf(notices: readonly Notice[]): readonly string[] {
  const rest = notices.length - mostListed;
  return [...notices.slice(0, mostListed).map(lineOf), ...(rest > 0 ? [`and ${rest} more`] : [])];
}

function lineOf({ event, route, environment, tag, state, code, reason }: Notice): string {
  const what = event === 'needs-person' ? `${state}, needs a person` : event === 'held' ? 'held by a window' : state;
  const why = [code, reason].filter((part) => part !== undefined).join(': ');
  return `${route} ${environment} ${tag}: ${what}${why === '' ? '' : ` (${why})`}`;
}

/** Slack reads `<`, `>` and `&` as markup. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
