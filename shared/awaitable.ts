/** A value that is there, or will be. What is there need not be waited for. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value: at once if it is there. */
export function whenReady<T, U>(
  value: Awaitable<T>,
  next: (value: T) => Awaitable<U>,
): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
