import type { Context } from 'hono';
import { orUnavailable } from '../../../../../shared/http/or-unavailable.ts';
import { ensureBrowserId } from '../../../browser/browser-id.ts';
import { csrfToken } from '../../../browser/csrf.ts';
import type { AppEnv } from '../../../context.ts';
import { backchannelRequests } from '../../../oauth/ciba/backchannel-request.ts';
import { pingClient } from '../../../oauth/ciba/ping.ts';
import {
  findWaitingRequest,
  leavePlace,
  type WaitingRequest,
} from '../../../oauth/ciba/waiting-requests.ts';
import type { Client } from '../../../oauth/clients/client.ts';
import { allowRequest, denyRequest } from '../../../oauth/polled/answer-request.ts';
import { PageError } from '../../errors/page-error.ts';
import { readOwnForm } from '../../forms/own-form.ts';
import { pageText } from '../../http/page-text.ts';
import { renderPage } from '../../http/render-page.tsx';
import { clientName } from '../../interaction/client-name.ts';
import { needsFreshSignIn } from '../../polled/needs-fresh-sign-in.ts';
import { shownDigest } from '../../polled/shown-digest.ts';
import { signInAgain, signInFirst } from '../../return/return-target.ts';
import { findViewer, type Viewer } from '../../viewer.ts';
import { backToAccount } from '../account-action.ts';
import { RequestPage } from './request-page.tsx';

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
  const answering = { requests: backchannelRequests, id, request, client, session };
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
