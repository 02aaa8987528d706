import type { FC } from 'hono/jsx';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { RequestContext } from '../../../kit/request.ts';
import {
  type AllowRequestNeeds,
  allowRequest,
  denyRequest,
} from '../../oauth/backchannel/answer-request.ts';
import {
  deviceRequests,
  parseUserCode,
  shownUserCode,
} from '../../oauth/backchannel/device-requests.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import { needsFreshSignIn, requestedPermissions, shownDigest } from '../consent/answer-rules.ts';
import { ClientNotice } from '../consent/client-notice.tsx';
import { AnswerButtons, PermissionList, type Permissions } from '../consent/permissions.tsx';
import { Field, Form } from '../kit/form.tsx';
import { clientName, type NamedClient } from '../kit/interaction.ts';
import { type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { csrfToken, type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { signInAgain, signInFirst } from '../kit/return-target.ts';
import { pageText, shownName, type Text } from '../kit/text.ts';
import { findViewer, type Viewer, type ViewerNeeds } from '../kit/viewer.ts';
import {
  type CodeRefusal,
  type EnteredCodeNeeds,
  type EnteredDevice,
  findEnteredDevice,
} from './entered-code.ts';

export type DeviceNeeds = ViewerNeeds &
  OwnFormNeeds &
  RenderPageNeeds &
  EnteredCodeNeeds &
  AllowRequestNeeds;

/**
 * `GET /device?user_code=`: fills the code in, and does not look it up (RFC 8628 §3.3.1). Only users who
 * are signed in learn whether a code exists, because guesses are counted by account.
 */
export async function showDevice(c: RequestContext<DeviceNeeds>): Promise<Response> {
  const userCode = c.req.query('user_code') ?? '';
  const viewer = await findViewer(c);
  if (viewer === undefined) return signInFirst(c, devicePath(userCode));
  return renderEnterCode(c, { userCode });
}

/** Where a code is entered, with the code if it is one. */
function devicePath(text: string): string {
  const userCode = parseUserCode(text);
  return userCode === undefined ? '/device' : `/device?user_code=${shownUserCode(userCode)}`;
}

type Entering = { readonly userCode: string; readonly refusal?: CodeRefusal };

/** Of what a user may type in for a code. */
const MAX_TYPED = 32;

async function renderEnterCode(
  c: RequestContext<DeviceNeeds>,
  { userCode: typed, refusal }: Entering,
): Promise<Response> {
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  const code = parseUserCode(typed);
  const userCode = code === undefined ? typed.slice(0, MAX_TYPED) : shownUserCode(code);
  const error = refusal?.reason === 'locked' ? text.refusal(refusal) : text.device.unknown;
  return renderPage(c, {
    text,
    title: text.device.title,
    ...refusalStatus(refusal),
    content: <EnterCodePage text={text} csrf={csrf} userCode={userCode} error={refusal && error} />,
  });
}

function refusalStatus(refusal: CodeRefusal | undefined) {
  if (refusal?.reason === 'locked') return { status: 429, retryAfter: refusal.retryAfter } as const;
  return { status: refusal === undefined ? 200 : 404 } as const;
}

/** `GET /device/done?answer=` */
export async function showDeviceDone(c: RequestContext<RenderPageNeeds>): Promise<Response> {
  const text = pageText(c);
  const isAllowed = c.req.query('answer') === 'allow';
  return renderPage(c, {
    text,
    title: isAllowed ? text.device.allowedTitle : text.device.deniedTitle,
    content: <DeviceDonePage text={text} isAllowed={isAllowed} />,
  });
}

/** `POST /device`: shows which device waits with a code, and asks. */
export async function enterCode(c: RequestContext<DeviceNeeds>): Promise<Response> {
  const { form } = await readOwnForm(c);
  return withDevice(c, form.get('user_code') ?? '', async (device, viewer) =>
    (await isAnswered(c, device)) ? unknownCode(c, device) : renderConfirm(c, device, viewer),
  );
}

/** `POST /device/confirm`: acts on what the page showed, or shows it anew. */
export async function answerDevice(c: RequestContext<DeviceNeeds>): Promise<Response> {
  const { form } = await readOwnForm(c);
  return withDevice(c, form.get('user_code') ?? '', async (device, viewer) => {
    if (form.get('shown') !== (await shownDigest(device.id, device.client, viewer))) {
      return renderConfirm(c, device, viewer);
    }
    return answer(c, device, viewer, form.get('answer'));
  });
}

type Act = (device: EnteredDevice, viewer: Viewer) => Promise<Response>;

/** Finds the viewer and the device, or answers with what the viewer must do first. */
async function withDevice(
  c: RequestContext<DeviceNeeds>,
  userCode: string,
  act: Act,
): Promise<Response> {
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
  c: RequestContext<DeviceNeeds>,
  { id, request, client }: EnteredDevice,
  { session: { grant: session } }: Viewer,
  verdict: string | undefined,
): Promise<Response> {
  if (verdict !== 'allow' && verdict !== 'deny') throw new PageError('form_malformed');
  const answerable = { requests: deviceRequests, id, request, client, session };
  const give = verdict === 'allow' ? allowRequest : denyRequest;
  const given = await give(answerable, c.var.services);
  if (given.ok) return c.redirect(`/device/done?answer=${verdict}`, 303);
  if (given.error.reason === 'session_ended') return signInFirst(c, devicePath(request.userCode));
  // Another answer was there first.
  throw new PageError('interaction_over');
}

const isAnswered = async (
  c: RequestContext<DeviceNeeds>,
  { id }: EnteredDevice,
): Promise<boolean> =>
  (await orUnavailable('the requests', async () =>
    deviceRequests.answerTo(c.var.services.ttlStore(), id),
  )) !== undefined;

const unknownCode = (
  c: RequestContext<DeviceNeeds>,
  { request }: EnteredDevice,
): Promise<Response> =>
  renderEnterCode(c, { userCode: request.userCode, refusal: { reason: 'unknown' } });

async function renderConfirm(
  c: RequestContext<DeviceNeeds>,
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
        requested={requestedPermissions(request)}
        userCode={shownUserCode(request.userCode)}
        email={viewer.account.email}
        shown={await shownDigest(id, client, viewer)}
      />
    ),
  });
}

export type EnterCodeProps = {
  readonly text: Text;
  readonly csrf: string;
  /** As typed, or from `?user_code=` (RFC 8628 §3.3.1). */
  readonly userCode: string;
  /** Why the code that was entered was refused. */
  readonly error?: string | undefined;
};

/** Where the user enters the code that their device shows (RFC 8628 §3.3). Sends `user_code` to `POST /device`. */
export const EnterCodePage: FC<EnterCodeProps> = ({ text, csrf, userCode, error }) => (
  <section class="card">
    <h1>{text.device.title}</h1>
    <p class="lead">{text.device.intro}</p>
    <Form action="/device" csrf={csrf}>
      <Field
        text={text}
        name="user_code"
        label={text.field.code}
        autocomplete="off"
        class="code"
        value={userCode}
        hint={text.hint.code}
        error={error}
        maxLength={MAX_TYPED}
        hasFocus
      />
      <button type="submit">{text.device.next}</button>
    </Form>
  </section>
);

export type ConfirmDeviceProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly client: NamedClient;
  readonly requested: Permissions;
  /** As the device shows it. */
  readonly userCode: string;
  /** The e-mail of who is signed in. */
  readonly email: string;
  /** A digest of what this page shows, which comes back with the answer. */
  readonly shown: string;
};

/**
 * Where the user allows a device, or denies it (RFC 8628 §3.3, §5.4). Sends `user_code` and `answer`
 * (`allow` or `deny`) to `POST /device/confirm`.
 */
export const ConfirmDevicePage: FC<ConfirmDeviceProps> = (props) => {
  const { text, csrf, client, requested, userCode, email, shown } = props;
  const name = clientName(client);
  return (
    <section class="card">
      <h1>{text.device.confirmTitle(name)}</h1>
      <p class="lead">{text.consent.signedInAs(shownName(email))}</p>
      <p>{text.device.compare}</p>
      <p class="user-code">{userCode}</p>
      <ClientNotice text={text} client={client} warning={text.device.warning} />
      <h2>{text.consent.gets(name)}</h2>
      <PermissionList text={text} permissions={requested} />
      <Form action="/device/confirm" csrf={csrf} hidden={{ user_code: userCode, shown }}>
        <AnswerButtons text={text} />
      </Form>
    </section>
  );
};

export type DeviceDoneProps = { readonly text: Text; readonly isAllowed: boolean };

/** The last page: the device goes on by itself. */
export const DeviceDonePage: FC<DeviceDoneProps> = ({ text: { device }, isAllowed }) => (
  <section class="card">
    <h1>{isAllowed ? device.allowedTitle : device.deniedTitle}</h1>
    <p>{isAllowed ? device.allowed : device.denied}</p>
  </section>
);
