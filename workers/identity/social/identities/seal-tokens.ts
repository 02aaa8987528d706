import type { AccountId } from '../../../../shared/ids.ts';
import { sealText } from '../../../../shared/tokens/sealed-text.ts';
import type { Services } from '../../context.ts';
import type { ProviderTokens } from '../oauth2/token-request.ts';
import type { Provider } from '../providers/provider.ts';

/**
 * Seals a provider's tokens for storage: for this provider and this account, so that a row copied to
 * another account opens nothing.
 *
 * @returns `null` where they are not to be kept.
 */
export async function sealTokens(
  { id, keepTokens }: Provider,
  accountId: AccountId,
  tokens: ProviderTokens | null,
  { clock, sealingKeys }: Pick<Services, 'clock' | 'sealingKeys'>,
): Promise<string | null> {
  if (!keepTokens || tokens === null) return null;
  const { accessToken, refreshToken, expiresIn } = tokens;
  const expiresAt = expiresIn === undefined ? null : clock() + expiresIn * 1_000;
  const text = JSON.stringify({ accessToken, refreshToken, expiresAt });
  return sealText(await sealingKeys(), `provider tokens v1 ${id} ${accountId}`, text);
}
