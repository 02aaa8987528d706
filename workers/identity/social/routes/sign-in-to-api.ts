import type { DeviceInfo, Origin } from '../../../../shared/contracts/identity/user-sessions.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import type { EmailAddress } from '../../accounts/email-address.ts';
import type { Services } from '../../context.ts';
import { SIGN_IN_METHODS } from '../../sign-in/sign-in-method.ts';
import { startSession } from '../../sign-in/start-session.ts';
import type { TokenReply } from '../../tokens/issue-tokens.ts';
import type { Authenticated } from '../flow/finish-sign-in.ts';
import { type Resolution, resolveIdentity } from '../identities/resolve-identity.ts';
import type { ProviderProfile } from '../providers/profile.ts';
import type { Provider } from '../providers/provider.ts';

export type ApiSignIn = Authenticated & {
  readonly provider: Provider;
  /** What the client says the address is, if the provider told none. */
  readonly email: EmailAddress | undefined;
  readonly origin: Origin;
  readonly device: DeviceInfo;
};

/**
 * Answers a client of our API with tokens, as a sign-in with a password does.
 *
 * @throws {Problem} `ACCOUNT_LINK_REQUIRED`, `ACCOUNT_EMAIL_REQUIRED` or `SOCIAL_SIGN_IN_FAILED`.
 */
export async function signInToApi(
  { provider, profile, tokens, email, origin, device }: ApiSignIn,
  services: Services,
): Promise<TokenReply> {
  const arrived = { provider, profile: withEmail(profile, email), tokens, linkTo: undefined };
  const resolution = await resolveIdentity(arrived, services);
  if (resolution.act !== 'signed_in') throw refusal(resolution);
  const { account } = resolution;
  const method = SIGN_IN_METHODS.federated;
  return startSession({ account, origin, device, method }, services);
}

/** Anybody can write any address: it is nobody's proof. */
const withEmail = (profile: ProviderProfile, email: EmailAddress | undefined): ProviderProfile =>
  profile.email !== null || email === undefined
    ? profile
    : { ...profile, email: { ...email, standing: 'unverified' } };

const CODES = {
  prove: 'ACCOUNT_LINK_REQUIRED',
  ask_email: 'ACCOUNT_EMAIL_REQUIRED',
  refuse: 'SOCIAL_SIGN_IN_FAILED',
} as const;

const refusal = ({ act }: Exclude<Resolution, { readonly act: 'signed_in' }>): Problem =>
  new Problem(CODES[act]);
