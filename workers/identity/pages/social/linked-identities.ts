import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { BrowserId } from '../../browser/browser-id.ts';
import type { AppEnv } from '../../context.ts';
import { linkToken } from '../../social/state/link-token.ts';
import type { IdentitiesState } from '../account/identities-section.tsx';
import type { Viewer } from '../viewer.ts';

/** What signs the viewer in, and what else could. */
export async function readIdentities(
  c: Context<AppEnv>,
  { account }: Viewer,
  browser: BrowserId,
): Promise<IdentitiesState> {
  const { services } = c.var;
  const { providers } = services.config.social;
  const identities = await orUnavailable('the database', async () =>
    services.identities().list(account.id),
  );
  const offers = await Promise.all(
    [...providers.values()].map(async ({ id, name }) => {
      const token = await linkToken({ provider: id, accountId: account.id, browser }, services);
      return { name, path: `/account/link/${id}?token=${token}` };
    }),
  );
  const linked = identities.map(({ provider, subject, email, displayName }) => ({
    provider,
    subject,
    providerName: providers.get(provider)?.name ?? provider,
    name: displayName ?? email ?? subject,
  }));
  return { linked, offers };
}
