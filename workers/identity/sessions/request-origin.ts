import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import { CLIENT_IP_HEADER, COUNTRY_HEADER } from '../../../shared/contracts/edge/principal.ts';
import type {
  DeviceInfo,
  Installation,
  Origin,
} from '../../../shared/contracts/identity/user-sessions.ts';
import type { ClientId } from '../../../shared/ids.ts';
import { networkPrefix } from '../platform/network-prefix.ts';

const MAX_USER_AGENT = 512;

/** Where a request came from, as `edge` wrote it on the headers. */
export function requestOrigin(headers: Headers): Origin {
  return {
    ipAddress: headers.get(CLIENT_IP_HEADER) ?? '',
    country: headers.get(COUNTRY_HEADER),
    userAgent: (headers.get('user-agent') ?? '').slice(0, MAX_USER_AGENT),
  };
}

/** Which installation a request comes from, as well as can be told. */
export async function requestInstallation(
  { ipAddress, userAgent }: Origin,
  device: DeviceInfo,
  clientId: ClientId,
): Promise<Installation> {
  const parts = JSON.stringify([clientId, userAgent, networkPrefix(ipAddress)]);
  return {
    installationId: device.installationId ?? null,
    fallback: toBase64Url(await sha256(utf8(parts))),
  };
}
