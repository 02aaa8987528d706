import type { Bytes } from '../bytes.ts';

/** Decrypts with AES-GCM. Returns `undefined` where the tag does not match. */
export async function decryptAesGcm(
  parameters: { readonly name: string; readonly iv: Bytes; readonly additionalData: Bytes },
  key: CryptoKey,
  sealed: Bytes,
): Promise<Bytes | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed));
  } catch (error) {
    // Any other error is a failure of ours, and no verdict on what was sealed.
    if (error instanceof DOMException && error.name === 'OperationError') return undefined;
    throw error;
  }
}
