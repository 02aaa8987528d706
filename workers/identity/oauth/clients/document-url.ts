import { parseSafeUrl, type SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { hasDotSegment } from './redirect-uri.ts';

/** Whether a client id claims to be the URL of a metadata document. No id that we make does. */
export const looksLikeDocumentUrl = (clientId: string): boolean => /^https?:/i.test(clientId);

/**
 * Whether a client id is a Client Identifier URL (OAuth Client ID Metadata Document §3), without the
 * query that one SHOULD NOT have.
 */
export function isDocumentUrl(clientId: string, rules: SafeUrlRules): boolean {
  if (!parseSafeUrl(clientId, rules).ok || hasDotSegment(clientId)) return false;
  // Begins in lower case and has a path: ids are compared as they are written (§3).
  return /^https?:\/\/[^/?]+\/[^?]*$/.test(clientId);
}
