import type { Context } from 'hono';
import type { FC } from 'hono/jsx';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AppEnv } from '../../context.ts';
import { allowRequest, denyRequest } from '../../oauth/backchannel/answer-request.ts';
import { pingClient } from '../../oauth/backchannel/ciba-ping.ts';
import {
  cibaRequests,
  findWaitingRequest,
  leavePlace,
  type WaitingRequest,
} from '../../oauth/backchannel/ciba-requests.ts';
import type { Client } from '../../oauth/clients/client.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import {
  needsFreshSignIn,
  requestedPermissions,
  shownDigest,
} from '../consent/backchannel-request.ts';
import { ClientNotice } from '../consent/client-notice.tsx';
import { AnswerButtons, PermissionList } from '../consent/permissions.tsx';
import { Form } from '../kit/form.tsx';
import { clientName } from '../kit/interaction.ts';
import { renderPage } from '../kit/layout.tsx';
import { csrfToken, readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { signInAgain, signInFirst } from '../kit/return-target.ts';
import { pageText, shownName, shownText, type Text } from '../kit/text.ts';
import { findViewer, type Viewer } from '../kit/viewer.ts';
import { backToAccount } from './account-actions.ts';

/** `GET /account/requests/:id` */
export const showRequest = (c: Context<AppEnv>): Promise<Response> =>
  withRequest(c, (asking) => render(c, asking));

/** `POST /account/requests/:id`: acts on what the page showed, or shows it anew. */
export async function answerRequest(c: Context<AppEnv>): Promise<Response> {
  const { form } = await readOwnForm(c);
  return withRequest(c, async (asking) => {
    const { waiting, client, viewer } = asking;
    if (form.get('shown') !== (await shownDigest(waiting.id, client, viewer))) {
      return render(c, asking);
    }
    return answer(c, asking, form.get('answer'));
  });
}

type Asking = {
  readonly waiting: WaitingRequest;
  readonly client: Client;
  readonly viewer: Viewer;
};

const SHAPE = /^[A-Za-z0-9_-]{43}$/;
const pathOf = (id: string): string => `/account/requests/${id}`;

/** Finds who is there and what they are asked, or answers what stands in the way. */
async function withRequest(
  c: Context<AppEnv>,
  act: (asking: Asking) => Promise<Response>,
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

async function answer(
  c: Context<AppEnv>,
  { waiting: { id, request }, client, viewer }: Asking,
  said: string | undefined,
): Promise<Response> {
  if (said !== 'allow' && said !== 'deny') throw new PageError('form_malformed');
  const { services } = c.var;
  const session = viewer.session.grant;
  const answering = { requests: cibaRequests, id, request, client, session };
  const give = said === 'allow' ? allowRequest : denyRequest;
  const given = await give(answering, services);
  if (!given.ok && given.error.reason === 'session_ended') return signInFirst(c, pathOf(id));
  if (!given.ok) throw new PageError('interaction_over');
  c.executionCtx.waitUntil(pingClient(client, request, services));
  await orUnavailable('the requests', async () => leavePlace(services.ttlStore(), request));
  return backToAccount(c, said === 'allow' ? 'allowed' : 'denied');
}

async function render(c: Context<AppEnv>, { waiting, client, viewer }: Asking): Promise<Response> {
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
  /** What this page shows, in short: comes back with the answer. */
  readonly shown: string;
};

/** Where the user answers a client that asks from elsewhere (OpenID Connect CIBA §8). */
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

/** The user finds the same on the screen of whoever asks (CIBA §7.1, `binding_message`). */
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
