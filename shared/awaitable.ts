/** A value, or the promise of one. The caller need not wait for a value that is there already. */
export type Awaitable<T> = T | Promise<T>;

/** Passes a value on to `proceed`, at once if it is no promise. */
export function whenReady<T, U>(
  value: Awaitable<T>,
  proceed: (value: T) => Awaitable<U>,
): Awaitable<U> {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}
