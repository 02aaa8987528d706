/**
 * A stand-in for `edge` and for the sessions of `identity` in measurements of the hub with more sessions
 * than could sign in. It accepts every session that a client names.
 */

import { WorkerEntrypoint } from 'cloudflare:workers';
import {
  CLIENT_IP_HEADER,
  COUNTRY_HEADER,
  encodePrincipal,
  PRINCIPAL_HEADER,
} from '../../../shared/contracts/edge/principal.ts';
import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import type {
  IdentityRpc,
  SessionStatus,
} from '../../../shared/contracts/identity/identity-rpc.ts';

type Env = { readonly CONNECT: Fetcher; readonly IDENTITY_RPC: Pick<IdentityRpc, 'describe'> };

/** The entrypoint of `identity` that the hub calls. The catalogue is the real one. */
export class StandInEntrypoint extends WorkerEntrypoint<Env> {
  checkSession(): SessionStatus {
    return 'live';
  }

  describe(): Promise<OpenApiDocument> {
    return this.env.IDENTITY_RPC.describe();
  }
}

const HOUR_SECONDS = 3_600;

/** `x-user` and `x-session` name the session of an upgrade. A posted body is published. */
// oxlint-disable-next-line import/no-default-export -- a Worker's entry
export default {
  fetch(request, env): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set(CLIENT_IP_HEADER, '127.0.0.1');
    headers.set(COUNTRY_HEADER, 'XX');
    const session = headers.get('x-session');
    if (session !== null || request.method === 'POST') {
      headers.set(PRINCIPAL_HEADER, principal(headers.get('x-user') ?? 'publisher', session));
    }
    return env.CONNECT.fetch(new Request(request, { headers }));
  },
} satisfies ExportedHandler<Env>;

const principal = (user: string, session: string | null): string =>
  encodePrincipal({
    subject: `usr_${user}`,
    sessionId: session === null ? null : `ses_${session}`,
    clientId: 'bench',
    scopes: session === null ? ['connect:publish'] : ['openid', 'connect'],
    roles: ['player'],
    tokenId: crypto.randomUUID(),
    expiresAt: Math.floor(Date.now() / 1_000) + HOUR_SECONDS,
  });
