import type {
  BindOutcome,
  ShortcutBinding,
  ShortcutRevocation,
} from '../../../shared/contracts/connect/hub-rpc.ts';
import type { HubNetwork } from '../hubs/hub-network.ts';
import { recipientsOf } from '../publishing/recipients.ts';

/** Names whose session it is, where the caller knows. */
type Whose = { readonly userId?: string | undefined };

export type Binding = ShortcutBinding & Whose;

/**
 * Binds a shortcut at the hub that holds the session.
 *
 * @throws If a directory, the registry or a hub cannot be reached.
 */
export async function bindShortcut(
  network: HubNetwork,
  { userId, ...binding }: Binding,
): Promise<BindOutcome> {
  const hubs = await hubsOf(network, { sessionId: binding.sessionId, userId });
  const outcomes = await network.ask(hubs, (hub) => hub.bindShortcut(binding));
  return outcomes.find(({ as }) => as !== 'no_session') ?? { as: 'no_session' };
}

/** Returns how many were revoked. */
export async function revokeShortcuts(
  network: HubNetwork,
  { userId, ...revocation }: ShortcutRevocation & Whose,
): Promise<number> {
  const hubs = await hubsOf(network, { sessionId: revocation.sessionId, userId });
  const revoked = await network.ask(hubs, (hub) => hub.revokeShortcuts(revocation));
  return revoked.reduce((sum, count) => sum + count, 0);
}

async function hubsOf(
  network: HubNetwork,
  session: { readonly sessionId: string } & Whose,
): Promise<readonly string[]> {
  return (await recipientsOf(network, [session]))(session);
}
