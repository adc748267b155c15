import { fillPattern, matchSegment, parseSegments } from './image-pattern.ts';
import type { Route, RouteTable } from '../route.ts';
import type { PlaceholderValues } from '../read/placeholders.ts';

/** The route of this name, expanded for its image. A route's name has every capture, so it identifies the image. */
export function routeByName(table: RouteTable, name: string): Route | undefined {
  for (const entry of table.entries) {
    const words = wordsOf(entry.name, name);
    const route = words && table.match(fillPattern(entry.image, words));
    if (route?.name === name) return route;
  }
  return undefined;
}

function wordsOf(pattern: string, name: string): PlaceholderValues | undefined {
  const segments = parseSegments(pattern);
  const parts = name.split('/');
  if (segments.length !== parts.length) return undefined;
  const words = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const found = matchSegment(segment, parts[index] ?? '');
    if (!found) return undefined;
    for (const [word, value] of found) words.set(word, value);
  }
  return words;
}
