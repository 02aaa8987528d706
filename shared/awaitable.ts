/** A value that is there, or will be. What is there need not be waited for. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value: at once if it is there. */
export function whenReady<T, U>(
  value: Awaitable<T>,
  proceed: (value: T) => Awaitable<U>,
): Awaitable<U> {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}
