/**
 * Client metadata, read: from a registration (RFC 7591), an administrator, a client ID metadata
 * document, or our own rows. One reader, so that all of them mean the same.
 *
 * @module
 */

import type { SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import type { OAuthErrorCode } from '../../../../shared/oauth/error-codes.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
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
 * @returns The metadata, or the first member that is wrong.
 */
export function judgeClientMetadata(
  input: JsonObject,
  reading: MetadataReading,
): Result<ClientMetadata, MemberFault> {
  if (input['software_statement'] !== undefined && input['software_statement'] !== null) {
    return err({ member: 'software_statement', fault: 'is not accepted' });
  }
  const given = readMembers(input, reading);
  if (!given.ok) return given;
  const metadata = withDefaults(given.value, reading.source, reading.profile);
  const broken =
    brokenRule(metadata, reading.source) ?? brokenProfileRule(metadata, reading.profile);
  return broken === undefined ? ok(metadata) : err(broken);
}

/**
 * The same for an OAuth endpoint.
 *
 * @throws {OAuthError} As RFC 7591 §3.2.2 says, naming the member.
 */
export function readClientMetadata(input: JsonObject, reading: MetadataReading): ClientMetadata {
  const judged = judgeClientMetadata(input, reading);
  if (judged.ok) return judged.value;
  throw new OAuthError(codeOf(judged.error.member), describeFault(judged.error));
}

function codeOf(member: string): OAuthErrorCode {
  if (member === 'software_statement') return 'invalid_software_statement';
  return member === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata';
}

/** `[0]` tells which of several values it is. */
const describeFault = ({ member, fault }: MemberFault): string =>
  `${member}${fault.startsWith('[') ? '' : ' '}${fault}`;
