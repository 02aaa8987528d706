import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import { CLIENT_IP_HEADER, COUNTRY_HEADER } from '../../../shared/contracts/edge/principal.ts';
import type {
  DeviceInfo,
  Installation,
  Origin,
} from '../../../shared/contracts/identity/user-sessions.ts';
import { networkPrefix } from '../../../shared/http/ip-address.ts';
import type { ClientId } from '../../../shared/ids.ts';

const MAX_USER_AGENT = 512;

/** Where a request came from, as `edge` wrote it on the headers. */
export function requestOrigin(headers: Headers): Origin {
  return {
    ipAddress: headers.get(CLIENT_IP_HEADER) ?? '',
    country: headers.get(COUNTRY_HEADER),
    userAgent: (headers.get('user-agent') ?? '').slice(0, MAX_USER_AGENT),
  };
}

/** The client that asks for a session or its tokens, and from where. */
export type Requester = {
  readonly clientId: ClientId;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  /** The thumbprint of the key that the client's refresh tokens are bound to, if they are. */
  readonly boundKey?: string | undefined;
};

/**
 * The installation that a request comes from, as well as it can be told. A key that refresh tokens are bound
 * to identifies it better than the id that the device sends.
 */
export async function requestInstallation({
  clientId,
  origin: { userAgent, ipAddress },
  device,
  boundKey,
}: Requester): Promise<Installation> {
  const parts = JSON.stringify([clientId, userAgent, networkPrefix(ipAddress)]);
  const installationId = boundKey === undefined ? device.installationId : `jkt:${boundKey}`;
  return {
    installationId: installationId ?? null,
    fallback: toBase64Url(await sha256(utf8(parts))),
  };
}
