/**
 * Client metadata, read: from a registration (RFC 7591), an administrator, a client ID metadata
 * document, or our own rows. One reader, so that all of them mean the same.
 *
 * @module
 */

import type { SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../oauth-error.ts';
import type { ClientProfile } from './client.ts';
import { type ClientMetadata, type MetadataSource, withDefaults } from './metadata-defaults.ts';
import { type MemberFault, readMembers } from './metadata-members.ts';
import { brokenRule } from './metadata-rules.ts';
import { brokenProfileRule } from './profile-rules.ts';

export type MetadataReading = SafeUrlRules & {
  readonly source: MetadataSource;
  readonly profile: ClientProfile;
};

/**
 * Reads and checks metadata, and writes out its defaults. Does NOT ask for what its URLs lead to: see
 * `checkSector`.
 *
 * @throws {OAuthError} `invalid_redirect_uri`, `invalid_software_statement` or
 *   `invalid_client_metadata` (RFC 7591 §3.2.2), naming the member.
 */
export function readClientMetadata(input: JsonObject, reading: MetadataReading): ClientMetadata {
  if (input['software_statement'] !== undefined && input['software_statement'] !== null) {
    throw new OAuthError('invalid_software_statement', 'Software statements are not accepted');
  }
  const given = readMembers(input, reading);
  if (!given.ok) throw refusal(given.error);
  const metadata = withDefaults(given.value, reading.source, reading.profile);
  const broken =
    brokenRule(metadata, reading.source) ?? brokenProfileRule(metadata, reading.profile);
  if (broken !== undefined) throw refusal(broken);
  return metadata;
}

function refusal({ member, fault }: MemberFault): OAuthError {
  const code = member === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata';
  return new OAuthError(code, `${member}${fault.startsWith('[') ? '' : ' '}${fault}`);
}
