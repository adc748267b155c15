import type { z } from 'zod';
import { invalidArgument } from '../server/service-error.ts';
import { eventTypes, isEventType } from './event.ts';
import type { subscriptionBodySchema } from './subscription.ts';

/** The levels of detail that a subscription may request. */
const choices: Readonly<Record<string, readonly string[]>> = {
  resourceDetailsToSend: ['all', 'minimal', 'none'],
  messagesToSend: ['all', 'text', 'html', 'markdown', 'none'],
  detailedMessagesToSend: ['all', 'text', 'html', 'markdown', 'none'],
  acceptUntrustedCerts: ['true', 'false'],
};

/** Throws 400 for a subscription that the service, or this emulator, does not take. */
export function checkSubscription(body: z.infer<typeof subscriptionBodySchema>): void {
  const { eventType, publisherId, consumerId, consumerActionId, consumerInputs = {} } = body;
  if (!isEventType(eventType)) {
    throw invalidArgument(`The event is not one of ${Object.keys(eventTypes).join(', ')}.`, 'eventType');
  }
  if (eventTypes[eventType].publisherId !== publisherId) {
    throw invalidArgument(`${eventType} is published by ${eventTypes[eventType].publisherId}.`, 'publisherId');
  }
  if (consumerId !== 'webHooks' || consumerActionId !== 'httpRequest') {
    throw invalidArgument('Here the only consumer is webHooks with httpRequest.', 'consumerId');
  }
  checkUrl(consumerInputs);
  for (const [name, allowed] of Object.entries(choices)) {
    const value = consumerInputs[name] ?? '';
    if (value !== '' && !allowed.includes(value.toLowerCase())) {
      throw invalidArgument(`The value '${value}' is not one of ${allowed.join(', ')}.`, name);
    }
  }
}

/** The service wants HTTPS with Basic, and never calls loopback addresses; this emulator calls those without HTTPS too. */
function checkUrl({ url = '', basicAuthPassword = '' }: Readonly<Record<string, string>>): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw invalidArgument(`The value '${url}' is not a URL of http or https.`, 'url');
  }
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  if (parsed.protocol === 'http:' && !isLoopback && basicAuthPassword !== '') {
    throw invalidArgument('Basic authentication needs https.', 'url');
  }
}
