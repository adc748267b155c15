/** `time` of Argo CD's expressions: times and durations of Go, as far as the shipped triggers use them. */
export function timeFunctions(now: () => number) {
  return { Now: () => timeAt(now()), Parse: parseTime };
}

interface Time {
  readonly ms: number;
  readonly Sub: (other: Time) => { readonly Minutes: () => number };
}

function timeAt(ms: number): Time {
  return { ms, Sub: (other) => ({ Minutes: () => (ms - other.ms) / 60_000 }) };
}

function parseTime(text: unknown): Time {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new TypeError(`cannot parse ${JSON.stringify(text)} as a time`);
  return timeAt(ms);
}
