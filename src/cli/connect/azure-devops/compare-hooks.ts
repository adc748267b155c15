import type { HookSubscription, HookSubscriptionBody } from '../../../lib/azure-devops/hook-subscriptions.ts';
import { tryParseUrl } from '../../../lib/net/url.ts';
import type { HookTarget } from './hook-target.ts';
import type { WantedHook } from './wanted-hooks.ts';

/** A wanted hook with the ids that Azure DevOps knows its project and repository by. */
export interface ResolvedHook extends WantedHook {
  readonly projectId: string;
  readonly repositoryId?: string;
}

export interface HookStep {
  readonly kind: 'create' | 'update' | 'unchanged' | 'disabled';
  readonly hook: ResolvedHook;
  readonly found?: HookSubscription;
  /** The fields that an update changes, for people; `key` for the key. */
  readonly differs: readonly string[];
}

export interface HookPlan {
  readonly steps: readonly HookStep[];
  /** Subscriptions that call the same URL and that no route needs; a person removes them. */
  readonly others: readonly HookSubscription[];
}

/**
 * Compares the subscriptions with those that the routes need. A subscription is ours if it sends the same event of the same
 * place to the same URL. Azure DevOps never shows the header with the key, so the URL holds the beginning of the key's hash.
 */
export function compareHooks(
  hooks: readonly ResolvedHook[],
  existing: readonly HookSubscription[],
  target: HookTarget,
): HookPlan {
  const ours = existing.filter(
    ({ consumerId, consumerActionId, consumerInputs }) =>
      consumerId === 'webHooks' && consumerActionId === 'httpRequest' && isSameUrl(consumerInputs['url'], target.url),
  );
  const taken = new Set<string>();
  const steps = hooks.map((hook): HookStep => {
    const fitting = ours.filter((one) => !taken.has(one.id) && isFor(one, hook));
    const found = fitting.find(({ status }) => status === 'enabled') ?? fitting[0];
    if (!found) return { kind: 'create', hook, differs: [] };
    taken.add(found.id);
    // Somebody has switched it off, which is theirs to undo.
    if (found.status === 'disabledByUser') return { kind: 'disabled', hook, found, differs: [] };
    const differs = differences(found, hook, target);
    return { kind: differs.length === 0 ? 'unchanged' : 'update', hook, found, differs };
  });
  return { steps, others: target.isShared ? [] : ours.filter(({ id }) => !taken.has(id)) };
}

/** The subscription as it should be. */
export function hookBody(hook: ResolvedHook, target: HookTarget): HookSubscriptionBody {
  const { publisherId, eventType, resourceVersion } = hook;
  return {
    publisherId,
    eventType,
    resourceVersion,
    consumerId: 'webHooks',
    consumerActionId: 'httpRequest',
    publisherInputs: publisherInputs(hook),
    consumerInputs: { ...target.details, url: urlOf(target), ...secretOf(target)?.inputs },
    status: 'enabled',
  };
}

function secretOf({ secret }: HookTarget) {
  return secret === 'unknown' ? undefined : secret;
}

function urlOf(target: HookTarget): string {
  const secret = secretOf(target);
  return secret ? `${target.url}?key-id=${secret.id}` : target.url;
}

function publisherInputs({ projectId, repositoryId, filters }: ResolvedHook): Record<string, string> {
  return { projectId, ...(repositoryId === undefined ? {} : { repository: repositoryId }), ...filters };
}

/** Inputs that Azure DevOps adds by itself. */
const ownInputs = new Set(['tfsSubscriptionId']);

/** Whether a subscription is for this event of this place, and not for fewer of them. */
function isFor(found: HookSubscription, hook: ResolvedHook): boolean {
  if (found.eventType !== hook.eventType) return false;
  const wanted = publisherInputs(hook);
  const isNarrower = Object.entries(found.publisherInputs).some(
    ([name, value]) => value !== '' && wanted[name] === undefined && !ownInputs.has(name),
  );
  const isElsewhere = ['projectId', 'repository'].some(
    (name) => (found.publisherInputs[name] ?? '').toLowerCase() !== (wanted[name] ?? '').toLowerCase(),
  );
  return !isNarrower && !isElsewhere;
}

function differences(found: HookSubscription, hook: ResolvedHook, target: HookTarget): string[] {
  const given = found.consumerInputs;
  const isKeyOther =
    target.secret !== 'unknown' &&
    (given['url'] !== urlOf(target) || Object.keys(target.secret?.inputs ?? {}).some((name) => !given[name]));
  return [
    ...differing(publisherInputs(hook), found.publisherInputs),
    ...differing(target.details, given),
    ...(found.resourceVersion === hook.resourceVersion ? [] : ['resourceVersion']),
    ...(isKeyOther ? ['key'] : []),
    ...(found.status === 'enabled' ? [] : [`status ${found.status}`]),
  ];
}

type Inputs = Readonly<Record<string, string>>;

function differing(wanted: Inputs, given: Inputs): string[] {
  return Object.keys(wanted).filter((name) => (given[name] ?? '').toLowerCase() !== wanted[name]?.toLowerCase());
}

function isSameUrl(text: string | undefined, wanted: string): boolean {
  const url = tryParseUrl(text ?? '');
  return url !== undefined && `${url.origin}${url.pathname}`.toLowerCase() === wanted.toLowerCase();
}
