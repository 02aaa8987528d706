import type { SessionEndReason } from '../../../shared/contracts/connect-rpc.ts';
import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';

/** Why the hub ends a connection that keeps the protocol. */
export type Ending = SessionEndReason | 'superseded';

/** How each ending is told: in a `connect.disconnect-notification`, then in the Close frame. */
export const ENDINGS: Readonly<Record<Ending, { code: CloseCode; message: string }>> = {
  session_revoked: { code: CloseCode.unauthorized, message: 'The session has been ended' },
  session_expired: { code: CloseCode.unauthorized, message: 'The access token has expired' },
  kicked: { code: CloseCode.kicked, message: 'The connection was closed by an administrator' },
  superseded: { code: CloseCode.superseded, message: 'The session connected again' },
};
