import type { AccountId } from '../../../../shared/ids.ts';
import type { Result } from '../../../../shared/result.ts';
import type { NewAccount } from '../../accounts/account.ts';
import type {
  CreateConflict,
  Identity,
  IdentityName,
  IdentityUse,
  NewIdentity,
  Unlinking,
} from './identity.ts';

/**
 * Where identities live. Every method throws `DatabaseFailure` if the database does not answer.
 */
export interface IdentityStore {
  find(name: IdentityName): Promise<Identity | undefined>;
  /** The oldest link first. */
  list(accountId: AccountId): Promise<readonly Identity[]>;
  /** Creates an account that this identity signs in to: both, or neither. */
  createAccount(
    account: NewAccount,
    identity: NewIdentity,
  ): Promise<Result<undefined, CreateConflict>>;
  /** Of several that claim one identity at once, one succeeds. `false`: it is linked already. */
  link(identity: NewIdentity): Promise<boolean>;
  recordUse(use: IdentityUse): Promise<void>;
  /** Never takes the last way in, however many are taken at once. */
  unlink(accountId: AccountId, name: IdentityName): Promise<Unlinking>;
}
