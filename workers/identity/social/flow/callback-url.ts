import type { Config } from '../../config.ts';

/**
 * Where a provider sends the browser back to: an address of its own for each, so that the answer of
 * one cannot be passed off as another's (RFC 9700 §4.4.2.2).
 */
export const callbackUrl = ({ issuer }: Pick<Config, 'issuer'>, providerId: string): string =>
  `${issuer.replace(/\/$/, '')}/api/v1/auth/oauth/${providerId}/callback`;
