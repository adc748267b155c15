/** The time of this process, which a test moves forward. Timers take their real time. */
export function shiftClock() {
  const RealDate = globalThis.Date;
  let ahead = 0;
  const now = (): number => RealDate.now() + ahead;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values: ConstructorParameters<DateConstructor> | []) =>
      values.length === 0 ? new target(now()) : new target(...values),
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  });
  return {
    advance: (ms: number): void => void (ahead += ms),
    set: (time: string): void => void (ahead = RealDate.parse(time) - RealDate.now()),
    restore: (): void => void (globalThis.Date = RealDate),
  };
}
