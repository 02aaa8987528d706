import type { RequestContext } from '../../../kit/request.ts';
import type { ReturnAddress } from '../../oauth/authorize/authorization-request.ts';
import type { ConsentStore } from '../../oauth/authorize/consent-store.ts';
import type { Interaction } from '../../oauth/authorize/interaction.ts';
import type { Client } from '../../oauth/clients/client.ts';
import { errorMembers, type OAuthError } from '../../platform/oauth-error.ts';
import {
  type ReadBrowserSessionNeeds,
  readBrowserSession,
} from '../../sessions/browser-session.ts';
import type { RenderPageNeeds } from '../kit/layout.tsx';
import { pageText } from '../kit/text.ts';
import { mayRedirectUnasked, showLeaving } from '../respond/leaving.tsx';
import { clientAnswer, type RespondNeeds, respond } from '../respond/respond.ts';

export type AnswerErrorNeeds = RespondNeeds & RenderPageNeeds & ActedNeeds;

/** A request that fails, and where its client learns of it. */
export type Failure = {
  readonly client: Client;
  readonly address: ReturnAddress;
  readonly error: OAuthError;
  /** `null` before the first page. */
  readonly interaction: Interaction | null;
};

/**
 * Answers a client with an error (RFC 6749 §4.1.2.1): at once, or by a page that names the client's address
 * where nobody has vouched for it and no person has acted for it.
 */
export async function answerError(
  c: RequestContext<AnswerErrorNeeds>,
  { client, address, error, interaction }: Failure,
): Promise<Response> {
  const { services } = c.var;
  const members = errorMembers(error);
  if (mayRedirectUnasked(c, client) || hasActed(interaction) || (await hasAgreed(c, client))) {
    return respond(c, { client, address, members, isAfterForm: interaction !== null });
  }
  const answer = await clientAnswer(address, members, client, services);
  const code = Object.values(members).join(': ');
  return showLeaving(c, { client, answer, title: pageText(c).leaving.title, code });
}

/** The person has signed in for this request, or has answered it. */
const hasActed = (interaction: Interaction | null): boolean =>
  interaction !== null && (interaction.signedIn !== null || interaction.consent !== null);

type ActedNeeds = ReadBrowserSessionNeeds & { readonly consents: () => ConsentStore };

/** Who is signed in has agreed before that the client gets something. Where nobody knows, they have not. */
async function hasAgreed(c: RequestContext<ActedNeeds>, client: Client): Promise<boolean> {
  try {
    const session = await readBrowserSession(c);
    if (session === undefined) return false;
    const { accountId } = session.grant;
    return (await c.var.services.consents().find(accountId, client.clientId)) !== undefined;
  } catch {
    return false;
  }
}
