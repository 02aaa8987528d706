import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import type { Account } from '../../accounts/account.ts';
import { parseEmailAddress } from '../../accounts/email-address.ts';
import type { Services } from '../../context.ts';
import { newDraft } from '../authorize/draft.ts';
import { checkIdTokenHint } from '../authorize/stages/id-token-hint.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import { accountOfSubject } from '../pairwise-subject.ts';
import type { Parameters } from '../parameters.ts';
import { subjectForClient } from '../subject-for-client.ts';

const HINTS = ['login_hint', 'id_token_hint', 'login_hint_token'];

/**
 * Whom a request is about (CIBA §7.1): exactly one hint says so. A `login_hint` is an e-mail address,
 * or the `sub` by which this client knows the user.
 *
 * @throws {OAuthError} `invalid_request`; `unknown_user_id` for nobody whom we could ask, which is all
 *   that the client learns
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function findUser(
  client: Client,
  parameters: Parameters,
  services: Services,
): Promise<Account> {
  const hints = HINTS.filter((name) => parameters.has(name));
  if (hints.length !== 1) {
    throw new OAuthError(
      'invalid_request',
      'There must be one hint of who the user is, and one only',
    );
  }
  if (hints[0] === 'login_hint_token') {
    throw new OAuthError('invalid_request', 'The login_hint_token is not supported');
  }
  const hint = parameters.get('login_hint');
  const account =
    hint === undefined
      ? await bySubject(client, await hintedSubject(client, parameters, services), services)
      : await byLoginHint(client, hint, services);
  if (account?.status === 'active') return account;
  throw new OAuthError('unknown_user_id', 'There is no such user');
}

async function hintedSubject(
  client: Client,
  parameters: Parameters,
  services: Services,
): Promise<string> {
  const { requiredSubject } = await checkIdTokenHint(newDraft(client, parameters), services);
  return requiredSubject ?? '';
}

async function byLoginHint(
  client: Client,
  hint: string,
  services: Services,
): Promise<Account | undefined> {
  const email = parseEmailAddress(hint);
  if (email === undefined) return bySubject(client, hint, services);
  const credentials = await orUnavailable('the accounts', async () =>
    services.accounts().findCredentials(email.normalized),
  );
  return credentials?.account;
}

/** Another client's pairwise subject is nobody's here (OpenID Connect Core §8.1). */
async function bySubject(
  client: Client,
  subject: string,
  services: Services,
): Promise<Account | undefined> {
  const accountId: AccountId | undefined = await accountOfSubject(
    await services.pairwiseKey(),
    subject,
  );
  if (accountId === undefined) return undefined;
  if ((await subjectForClient(client, accountId, services)) !== subject) return undefined;
  return orUnavailable('the accounts', async () => services.accounts().find(accountId));
}
