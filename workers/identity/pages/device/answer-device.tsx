import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { deviceRequests } from '../../oauth/device/device-requests.ts';
import { shownUserCode } from '../../oauth/device/user-code.ts';
import { allowRequest, denyRequest } from '../../oauth/polled/answer-request.ts';
import { PageError } from '../errors/page-error.ts';
import { readOwnForm } from '../forms/own-form.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { clientName } from '../interaction/client-name.ts';
import { askedPermissions } from '../polled/asked-permissions.ts';
import { needsFreshSignIn } from '../polled/needs-fresh-sign-in.ts';
import { shownDigest } from '../polled/shown-digest.ts';
import { signInAgain, signInFirst } from '../return/return-target.ts';
import { findViewer, type Viewer } from '../viewer.ts';
import { ConfirmDevicePage } from './confirm-device-page.tsx';
import { type EnteredDevice, findEnteredDevice } from './entered-code.ts';
import { devicePath, renderEnterCode } from './show-device.tsx';

/** `POST /device`: shows which device it is that waits with a code, and asks. */
export async function enterCode(c: Context<AppEnv>): Promise<Response> {
  const { form } = await readOwnForm(c);
  return withDevice(c, form.get('user_code') ?? '', async (device, viewer) =>
    (await isAnswered(c, device)) ? unknownCode(c, device) : renderConfirm(c, device, viewer),
  );
}

/** `POST /device/confirm`: acts on what the page showed, or shows it anew. */
export async function answerDevice(c: Context<AppEnv>): Promise<Response> {
  const { form } = await readOwnForm(c);
  return withDevice(c, form.get('user_code') ?? '', async (device, viewer) => {
    if (form.get('shown') !== (await shownDigest(device.id, device.client, viewer))) {
      return renderConfirm(c, device, viewer);
    }
    return answer(c, device, viewer, form.get('answer'));
  });
}

type Act = (device: EnteredDevice, viewer: Viewer) => Promise<Response>;

/** Finds who is there and what device it is about, or answers what stands in the way. */
async function withDevice(c: Context<AppEnv>, userCode: string, act: Act): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer === undefined) return signInFirst(c, devicePath(userCode));
  const found = await findEnteredDevice(c, viewer, userCode);
  if (!found.ok) return renderEnterCode(c, { userCode, refusal: found.error });
  const { client, request } = found.value;
  if (needsFreshSignIn(client, request, viewer.session.grant, c.var.services.clock())) {
    return signInAgain(c, devicePath(userCode));
  }
  return act(found.value, viewer);
}

async function answer(
  c: Context<AppEnv>,
  { id, request, client }: EnteredDevice,
  { session: { grant: session } }: Viewer,
  said: string | undefined,
): Promise<Response> {
  if (said !== 'allow' && said !== 'deny') throw new PageError('form_malformed');
  const answering = { requests: deviceRequests, id, request, client, session };
  const give = said === 'allow' ? allowRequest : denyRequest;
  const given = await give(answering, c.var.services);
  if (given.ok) return c.redirect(`/device/done?answer=${said}`, 303);
  if (given.error.reason === 'session_ended') return signInFirst(c, devicePath(request.userCode));
  // Sent twice, or somebody else was faster.
  throw new PageError('interaction_over');
}

const isAnswered = async (c: Context<AppEnv>, { id }: EnteredDevice): Promise<boolean> =>
  (await orUnavailable('the requests', async () =>
    deviceRequests.answerTo(c.var.services.ttlStore(), id),
  )) !== undefined;

const unknownCode = (c: Context<AppEnv>, { request }: EnteredDevice): Promise<Response> =>
  renderEnterCode(c, { userCode: request.userCode, refusal: { reason: 'unknown' } });

async function renderConfirm(
  c: Context<AppEnv>,
  { id, request, client }: EnteredDevice,
  viewer: Viewer,
): Promise<Response> {
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  return renderPage(c, {
    text,
    title: text.device.confirmTitle(clientName(client)),
    content: (
      <ConfirmDevicePage
        text={text}
        csrf={csrf}
        client={client}
        asked={askedPermissions(request)}
        userCode={shownUserCode(request.userCode)}
        email={viewer.account.email}
        shown={await shownDigest(id, client, viewer)}
      />
    ),
  });
}
