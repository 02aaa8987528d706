/** A message id that nothing else has: 64 random bits. */
export const newMessageId = (): bigint =>
  new DataView(crypto.getRandomValues(new Uint8Array(8)).buffer).getBigUint64(0);
