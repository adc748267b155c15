const unset = 400;
const fewest = 30;

/** Reads `RETENTION`: the days that records are kept, or `off`, which is `undefined`. */
export function readRetention(
  text: string | undefined,
  report: (setting: string, message: string) => void,
): number | undefined {
  if (text === undefined) return unset;
  if (text.toLowerCase() === 'off') return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) >= fewest) return Number(text);
  report('RETENTION', `found ${JSON.stringify(text)}; expected off, or a number of days from ${fewest}`);
  return unset;
}
