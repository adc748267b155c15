const pattern =
  /^(?:(?<days>\d+)\.)?(?<hours>\d{1,2}):(?<minutes>\d{1,2})(?::(?<seconds>\d{1,2})(?:\.(?<fraction>\d{1,7}))?)?$/u;

/** Milliseconds of a .NET `TimeSpan` (`[d.]hh:mm[:ss[.fffffff]]`), the form of durations in `host.json`; else undefined. */
export function parseTimeSpan(text: string): number | undefined {
  const parts = pattern.exec(text.trim())?.groups;
  if (parts === undefined) return undefined;
  const part = (name: string): number => Number(parts[name] ?? 0);
  if (part('hours') > 23 || part('minutes') > 59 || part('seconds') > 59) return undefined;
  const seconds = ((part('days') * 24 + part('hours')) * 60 + part('minutes')) * 60 + part('seconds');
  return seconds * 1000 + Number(`0.${parts['fraction'] ?? '0'}`) * 1000;
}
