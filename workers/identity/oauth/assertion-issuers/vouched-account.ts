import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { AccountId } from '../../../../shared/ids.ts';
import type { Account } from '../../accounts/account.ts';
import { parseEmailAddress } from '../../accounts/email-address.ts';
import type { Services } from '../../context.ts';
import type { SubjectKind } from './assertion-issuer.ts';

type AccountServices = Pick<Services, 'accounts' | 'identities'>;

/**
 * The account that the `sub` of an assertion names. One that is disabled is nobody's.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function vouchedAccount(
  kind: SubjectKind,
  subject: string,
  services: AccountServices,
): Promise<Account | undefined> {
  const account = await orUnavailable('the database', async () => find(kind, subject, services));
  return account?.status === 'active' ? account : undefined;
}

async function find(
  kind: SubjectKind,
  subject: string,
  { accounts, identities }: AccountServices,
): Promise<Account | undefined> {
  if (kind === 'email') return byEmail(subject, accounts());
  if (kind === 'account_id') return byId(AccountId.parse(subject), accounts());
  const provider = kind.slice('identity:'.length);
  const identity = await identities().find({ provider, subject });
  return byId(identity?.accountId, accounts());
}

type Accounts = ReturnType<AccountServices['accounts']>;

const byId = async (id: AccountId | undefined, accounts: Accounts): Promise<Account | undefined> =>
  id === undefined ? undefined : accounts.find(id);

/** Whoever registered with an address that they do not own is not whom the issuer means. */
async function byEmail(subject: string, accounts: Accounts): Promise<Account | undefined> {
  const address = parseEmailAddress(subject);
  if (address === undefined) return undefined;
  const { account } = (await accounts.findCredentials(address.normalized)) ?? {};
  return account?.emailVerified === true ? account : undefined;
}
