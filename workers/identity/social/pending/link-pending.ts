import type { Context } from 'hono';

import type { Account } from '../../accounts/account.ts';
import type { AppEnv } from '../../context.ts';
import { resolveIdentity } from '../identities/resolve-identity.ts';
import { requestServices } from '../request-services.ts';
import { readPending, takePending } from './pending-identity.ts';

/**
 * Links the identity that waits in this browser for a proof, where the one who has just signed in is
 * whose proof it waits for. Nobody else's sign-in links anything, or ends the waiting.
 */
export async function linkPending(c: Context<AppEnv>, account: Account): Promise<void> {
  const waiting = await readPending(c);
  if (waiting?.missing !== 'proof' || waiting.accountId !== account.id) return;
  const services = requestServices(c);
  const provider = services.config.social.providers.get(waiting.provider);
  const pending = await takePending(c);
  if (pending === undefined || provider === undefined) return;
  const { profile } = pending;
  const resolution = await resolveIdentity(
    { provider, profile, tokens: null, linkTo: account },
    services,
  );
  if (resolution.act === 'signed_in') return;
  const { id: accountId } = account;
  services.log({ event: 'identity.link_failed', level: 'warn', accountId, provider: provider.id });
}
