import type { SessionEndReason } from '../../../shared/contracts/connect/connect-rpc.ts';
import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';

/** Why the hub ends a connection, and its stream, for good. */
export type Ending = SessionEndReason | 'superseded';

/** Why the hub closes a connection whose client may come back and go on. */
export type Interruption =
  | 'token_expired'
  | 'idle'
  | 'too_slow'
  | 'rate_limited'
  | 'server_shutdown';

type Told = { readonly code: CloseCode; readonly reason: string; readonly message: string };

/** How each is told: in a `connect.disconnect-notification`, then in the Close frame. */
export const ENDINGS: Readonly<Record<Ending | Interruption, Told>> = {
  session_revoked: {
    code: CloseCode.unauthorized,
    reason: 'session_revoked',
    message: 'The session has been ended',
  },
  session_expired: {
    code: CloseCode.unauthorized,
    reason: 'session_expired',
    message: 'The session has expired',
  },
  kicked: {
    code: CloseCode.kicked,
    reason: 'kicked',
    message: 'The connection was closed by an administrator',
  },
  superseded: {
    code: CloseCode.superseded,
    reason: 'superseded',
    message: 'The session connected again',
  },
  token_expired: {
    code: CloseCode.unauthorized,
    // To a client they are the same: it needs a new access token.
    reason: 'session_expired',
    message: 'The access token has expired',
  },
  idle: {
    code: CloseCode.idle,
    reason: 'idle',
    message: 'Nothing was heard of the client for too long',
  },
  too_slow: {
    code: CloseCode.tooSlow,
    reason: 'too_slow',
    message: 'The client does not take what it is sent',
  },
  rate_limited: {
    code: CloseCode.rateLimited,
    reason: 'rate_limited',
    message: 'The client goes on sending more messages than it may',
  },
  server_shutdown: {
    code: CloseCode.restart,
    reason: 'server_shutdown',
    message: 'The hub is restarting',
  },
};
