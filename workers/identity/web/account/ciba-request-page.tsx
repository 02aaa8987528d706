import type { FC } from 'hono/jsx';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { shownText } from '../../../../shared/shown-text.ts';
import { type RequestContext, requestServices } from '../../../kit/request.ts';
import {
  type AllowRequestNeeds,
  allowRequest,
  denyRequest,
} from '../../oauth/backchannel/answer-request.ts';
import { type PingNeeds, pingClient } from '../../oauth/backchannel/ciba-ping.ts';
import {
  type CibaRequestsNeeds,
  cibaRequests,
  findWaitingRequest,
  leavePlaces,
  type WaitingRequest,
} from '../../oauth/backchannel/ciba-requests.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { ClientDirectory } from '../../oauth/clients/client-directory.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import type { CookieNeeds } from '../../sessions/cookies.ts';
import { needsFreshSignIn, requestedPermissions, shownDigest } from '../consent/answer-rules.ts';
import { ClientNotice } from '../consent/client-notice.tsx';
import { AnswerButtons, PermissionList } from '../consent/permissions.tsx';
import { Form } from '../kit/form.tsx';
import { clientName } from '../kit/interaction.ts';
import { type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { csrfToken, type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { signInAgain, signInFirst } from '../kit/return-target.ts';
import { pageText, shownName, type Text } from '../kit/text.ts';
import { findViewer, type Viewer, type ViewerNeeds } from '../kit/viewer.ts';
import { backToAccount } from './account-actions.ts';

export type ShowRequestNeeds = FindRequestNeeds & RenderPageNeeds;

/** `GET /account/requests/:id` */
export const showRequest = (c: RequestContext<ShowRequestNeeds>): Promise<Response> =>
  withRequest(c, (shown) => render(c, shown));

export type AnswerRequestNeeds = ShowRequestNeeds & OwnFormNeeds & AnswerNeeds;

/** `POST /account/requests/:id`: acts on what the page showed, or shows it anew. */
export async function answerRequest(c: RequestContext<AnswerRequestNeeds>): Promise<Response> {
  const { form } = await readOwnForm(c);
  return withRequest(c, async (shown) => {
    const { waiting, client, viewer } = shown;
    if (form.get('shown') !== (await shownDigest(waiting.id, client, viewer))) {
      return render(c, shown);
    }
    return answer(c, shown, form.get('answer'));
  });
}

/** A request, the client that makes it, and the user who answers it. */
type ShownRequest = {
  readonly waiting: WaitingRequest;
  readonly client: Client;
  readonly viewer: Viewer;
};

const SHAPE = /^[A-Za-z0-9_-]{43}$/;
const pathOf = (id: string): string => `/account/requests/${id}`;

type FindRequestNeeds = ViewerNeeds &
  CibaRequestsNeeds & { readonly clients: Pick<ClientDirectory, 'find'> };

/** Finds the user and the request. Where the user must sign in first, answers with a redirect. */
async function withRequest(
  c: RequestContext<FindRequestNeeds>,
  act: (shown: ShownRequest) => Promise<Response>,
): Promise<Response> {
  const { services } = c.var;
  const id = c.req.param('id') ?? '';
  if (!SHAPE.test(id)) throw new PageError('not_found');
  const viewer = await findViewer(c);
  if (viewer === undefined) return signInFirst(c, pathOf(id));
  const waiting = await orUnavailable('the requests', () =>
    findWaitingRequest(id, viewer.account.id, services),
  );
  const client = waiting && (await services.clients.find(waiting.request.clientId));
  if (client === undefined || waiting === undefined) throw new PageError('interaction_over');
  if (needsFreshSignIn(client, waiting.request, viewer.session.grant, services.clock())) {
    return signInAgain(c, pathOf(id));
  }
  return act({ waiting, client, viewer });
}

type AnswerNeeds = AllowRequestNeeds & PingNeeds & CookieNeeds;

async function answer(
  c: RequestContext<AnswerNeeds>,
  { waiting: { id, request }, client, viewer }: ShownRequest,
  chosen: string | undefined,
): Promise<Response> {
  if (chosen !== 'allow' && chosen !== 'deny') throw new PageError('form_malformed');
  const services = requestServices(c);
  const session = viewer.session.grant;
  const answerable = { requests: cibaRequests, id, request, client, session };
  const save = chosen === 'allow' ? allowRequest : denyRequest;
  const saved = await save(answerable, services);
  if (!saved.ok && saved.error.reason === 'session_ended') return signInFirst(c, pathOf(id));
  if (!saved.ok) throw new PageError('interaction_over');
  c.executionCtx.waitUntil(pingClient(client, request, services));
  await orUnavailable('the requests', async () => leavePlaces(services.ttlStore(), request));
  return backToAccount(c, chosen === 'allow' ? 'allowed' : 'denied');
}

async function render(
  c: RequestContext<RenderPageNeeds & CookieNeeds>,
  { waiting, client, viewer }: ShownRequest,
): Promise<Response> {
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  return renderPage(c, {
    text,
    title: text.request.title(clientName(client)),
    content: (
      <RequestPage
        text={text}
        csrf={csrf}
        client={client}
        waiting={waiting}
        email={viewer.account.email}
        shown={await shownDigest(waiting.id, client, viewer)}
      />
    ),
  });
}

type RequestPageProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly client: Client;
  readonly waiting: WaitingRequest;
  /** The e-mail of who is signed in. */
  readonly email: string;
  /** The digest of what this page shows, which is sent with the answer. */
  readonly shown: string;
};

/** The page on which the user answers a backchannel request (OpenID Connect CIBA §8). */
const RequestPage: FC<RequestPageProps> = (props) => {
  const { text, csrf, client, waiting, email, shown } = props;
  const { id, request } = waiting;
  const name = clientName(client);
  return (
    <section class="card">
      <h1>{text.request.title(name)}</h1>
      <p class="lead">{text.consent.signedInAs(shownName(email))}</p>
      {request.bindingMessage !== null && (
        <BindingMessage text={text} name={name} message={request.bindingMessage} />
      )}
      <ClientNotice text={text} client={client} warning={text.request.warning} />
      <h2>{text.consent.gets(name)}</h2>
      <PermissionList text={text} permissions={requestedPermissions(request)} />
      <Form action={`/account/requests/${id}`} csrf={csrf} hidden={{ shown }}>
        <AnswerButtons text={text} />
      </Form>
    </section>
  );
};

/** The user compares it with what the client shows (CIBA §7.1, `binding_message`). */
const BindingMessage: FC<{
  readonly text: Text;
  readonly name: string;
  readonly message: string;
}> = ({ text, name, message }) => (
  <>
    <p>{text.request.compare(name)}</p>
    <p class="binding-message">{shownText(message)}</p>
  </>
);
