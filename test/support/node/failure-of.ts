/** What a promise is rejected with. To be called before anything that may reject it. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new TypeError('Cannot go on: nothing failed');
}
