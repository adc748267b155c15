/** The same adapter. Each method begins when `call` begins it, so a call that is refused is not made. */
export function countMethods<T extends object>(
  adapter: T,
  call: (start: () => unknown, method: PropertyKey) => unknown,
): T {
  return new Proxy(adapter, {
    get(target, name, receiver): unknown {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...parameters: readonly unknown[]): unknown => call(() => Reflect.apply(value, target, parameters), name);
    },
  });
}
