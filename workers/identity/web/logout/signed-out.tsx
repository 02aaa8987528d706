import type { Context } from 'hono';

import type { AppEnv } from '../../context.ts';
import { renderPage } from '../kit/layout.tsx';
import { pageText } from '../kit/text.ts';

/** `GET /signed-out` */
export function showSignedOut(c: Context<AppEnv>): Promise<Response> {
  const text = pageText(c);
  const { title, detail, signIn } = text.signedOut;
  return renderPage(c, {
    text,
    title,
    content: (
      <section class="card">
        <h1>{title}</h1>
        <p>{detail}</p>
        <a class="button" href="/sign-in">
          {signIn}
        </a>
      </section>
    ),
  });
}
