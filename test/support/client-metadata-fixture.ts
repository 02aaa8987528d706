import { toBase64Url } from '../../shared/bytes.ts';
import { readClientMetadata } from '../../workers/identity/oauth/clients/client-metadata.ts';
import { OAuthError } from '../../workers/identity/platform/oauth-error.ts';

export const CB = 'https://rp.example/cb';
export const RSA_N = toBase64Url(new Uint8Array(256).fill(0xab));
export const EC = { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' };

export const read = (metadata: object, more: object = {}) =>
  readClientMetadata(
    { redirect_uris: [CB], ...metadata },
    {
      source: 'client',
      profile: 'none',
      allowLoopback: false,
      ...more,
    },
  );

export function refusalOf(metadata: object, more: object = {}): string {
  try {
    read(metadata, more);
  } catch (error) {
    if (error instanceof OAuthError) return `${error.code}: ${error.options.description}`;
    throw error;
  }
  return 'accepted';
}
