export type Settings = Readonly<Record<string, string>>;

const applied: Settings[] = [];
const original = new Map<string, string | undefined>();

/**
 * Puts app settings into `process.env`, which is where a Functions app finds them. Returns what takes them out again; where
 * hosts overlap, a variable goes back to the setting of a host that still runs before it gets its first value back.
 */
export function applySettings(settings: Settings): () => void {
  for (const [name, value] of Object.entries(settings)) {
    if (!original.has(name)) original.set(name, process.env[name]);
    process.env[name] = value;
  }
  const mine = { ...settings };
  applied.push(mine);
  return () => {
    const index = applied.indexOf(mine);
    if (index === -1) return;
    applied.splice(index, 1);
    for (const name of Object.keys(mine)) restore(name);
  };
}

function restore(name: string): void {
  const holder = applied.findLast((settings) => name in settings);
  const value = holder === undefined ? original.get(name) : holder[name];
  if (holder === undefined) original.delete(name);
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** Replaces each `%NAME%` by the setting of that name, as binding options may hold them. */
export function resolveSettings(text: string, missing: (name: string) => Error): string {
  return text.replaceAll(/%([^%]+)%/gu, (_, name: string) => {
    const value = process.env[name];
    if (value === undefined) throw missing(name);
    return value;
  });
}
