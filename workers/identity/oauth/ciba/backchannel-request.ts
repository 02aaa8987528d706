import type { AccountId } from '../../../../shared/ids.ts';
import type { PolledRequest } from '../polled/polled-request.ts';
import { PolledRequests } from '../polled/polled-requests.ts';

/** An authentication request that waits for its user (OpenID Connect CIBA §7). */
export type BackchannelRequest = PolledRequest & {
  /** Whom it waits for. */
  readonly accountId: AccountId;
  /** What the user compares with what their client shows. */
  readonly bindingMessage: string | null;
  /** Its place among those that wait for the user. */
  readonly place: number;
  /** What a ping carries, sealed. `null`: the client polls only. */
  readonly ping: string | null;
};

export const backchannelRequests = new PolledRequests<BackchannelRequest>('ciba');
