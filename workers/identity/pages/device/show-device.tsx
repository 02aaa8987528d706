import type { Context } from 'hono';

import { ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { parseUserCode, shownUserCode } from '../../oauth/device/user-code.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { signInFirst } from '../return/return-target.ts';
import { findViewer } from '../viewer.ts';
import { DeviceDonePage } from './device-done-page.tsx';
import { EnterCodePage } from './enter-code-page.tsx';
import type { CodeRefusal } from './entered-code.ts';

/**
 * `GET /device?user_code=`: fills the code in, and does nothing with it (RFC 8628 §3.3.1). Nobody is
 * told which codes there are before they have signed in: guesses are counted by account.
 */
export async function showDevice(c: Context<AppEnv>): Promise<Response> {
  const userCode = c.req.query('user_code') ?? '';
  const viewer = await findViewer(c);
  if (viewer === undefined) return signInFirst(c, devicePath(userCode));
  return renderEnterCode(c, { userCode });
}

/** Where a code is entered, with the code if it is one. */
export function devicePath(text: string): string {
  const userCode = parseUserCode(text);
  return userCode === undefined ? '/device' : `/device?user_code=${shownUserCode(userCode)}`;
}

type Entering = { readonly userCode: string; readonly refusal?: CodeRefusal };

const LONGEST = 32;

export async function renderEnterCode(
  c: Context<AppEnv>,
  { userCode: typed, refusal }: Entering,
): Promise<Response> {
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  const code = parseUserCode(typed);
  const userCode = code === undefined ? typed.slice(0, LONGEST) : shownUserCode(code);
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
export async function showDeviceDone(c: Context<AppEnv>): Promise<Response> {
  const text = pageText(c);
  const isAllowed = c.req.query('answer') === 'allow';
  return renderPage(c, {
    text,
    title: isAllowed ? text.device.allowedTitle : text.device.deniedTitle,
    content: <DeviceDonePage text={text} isAllowed={isAllowed} />,
  });
}
