/** A time as Json.NET writes a `DateTimeOffset` in UTC. */
export function formatDateTimeOffset(at: Date): string {
  return at.toISOString().replace(/(?:\.000)?Z$/u, '+00:00');
}
