import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';

/** `code`, and nothing else: no token is ever sent through a browser (RFC 9700 §2.1.2). */
export function checkResponseType({ parameters }: Draft): undefined {
  if (parameters.require('response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'Only response_type=code is supported');
  }
}
