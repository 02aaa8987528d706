/** Resolves to the reason of a rejection. Call it before the promise may be rejected. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new TypeError('Cannot go on: nothing failed');
}
