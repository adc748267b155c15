const secondsPer: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads a number with its unit, such as `90s`, `5m`, `2h` or `1d`, as seconds; `undefined` where it is none. */
export function parseDuration(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,7})([smhd])$/.exec(text.trim()) ?? [];
  const seconds = Number(number) * (secondsPer[unit] ?? Number.NaN);
  return Number.isNaN(seconds) ? undefined : seconds;
}
