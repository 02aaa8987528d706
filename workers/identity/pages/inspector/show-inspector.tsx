import type { Context } from 'hono';

import { ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { signInFirst } from '../return/return-target.ts';
import { findViewer } from '../viewer.ts';
import { InspectorPage } from './inspector-page.tsx';

/** `GET /connect/inspector`: the hub, as somebody who is signed in may use it. */
export async function showInspector(c: Context<AppEnv>): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer === undefined) return signInFirst(c, '/connect/inspector');
  const { connectUrl } = c.var.services.config;
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  const { email } = viewer.account;
  return renderPage(c, {
    text,
    title: text.inspector.title,
    content: <InspectorPage text={text} csrf={csrf} connectUrl={connectUrl} email={email} />,
    width: 'full',
    script: 'inspector',
    asks: [new URL(connectUrl)],
  });
}
