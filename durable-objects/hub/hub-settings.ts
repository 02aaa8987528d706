import { COMMON_SETTINGS } from '../../shared/common-settings.ts';
import { oneOf, wholeNumber } from '../../shared/configuration.ts';
import { SERVICE_GUID_SALT } from '../../shared/tokens/connect-salts.ts';

const { ISSUER, AUDIENCE, SIGNING_ALGORITHMS, OUTBOUND_LOOPBACK, FIRST_PARTY_CLIENT_ID } =
  COMMON_SETTINGS;

const ANY = 1_000_000_000;

export const HUB_SETTINGS = {
  SERVICE_GUID_SALT,
  RECONNECTION_WINDOW_SECONDS: wholeNumber(1, ANY),
  MAX_PAYLOAD_BYTES: wholeNumber(1, ANY),
  MESSAGES_PER_MINUTE: wholeNumber(1, ANY),
  MAX_CHANNEL: wholeNumber(1, 0xffff),
  MAX_IN_FLIGHT: wholeNumber(1, ANY),
  BROADCAST_MODE: oneOf('external', 'internal', 'relayed'),
  COMPRESSION: oneOf('off', 'on'),
  COMPRESSION_THRESHOLD: wholeNumber(1, ANY),
  COMPRESSION_QUALITY: wholeNumber(0, 11),
  ISSUER,
  AUDIENCE,
  OUTBOUND_LOOPBACK,
  SIGNING_ALGORITHMS,
  FIRST_PARTY_CLIENT_ID,
};
