/**
 * Remembers the result of `make`, never its promise: a promise belongs to the request that made it.
 * Requests that come before the first result each make their own. A failure is not remembered.
 */
export function remembered<T>(make: () => Promise<T>): () => Promise<T> {
  let made: { readonly value: T } | undefined;
  return async () => {
    if (made !== undefined) return made.value;
    const value = await make();
    made = { value };
    return value;
  };
}
