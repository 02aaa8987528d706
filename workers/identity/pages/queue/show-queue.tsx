import type { Context } from 'hono';

import type { AppEnv } from '../../context.ts';
import { PageError } from '../errors/page-error.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { QueuePage } from './queue-page.tsx';
import { returnUrl } from './return-url.ts';

/**
 * `GET /queue?return=#ticket=`: waits with the ticket of a place, and goes on with the grant that
 * comes of it, in the fragment. It knows nobody: the ticket stays in the browser, and is good for
 * nothing but that place.
 */
export function showQueue(c: Context<AppEnv>): Promise<Response> {
  const { config } = c.var.services;
  const target = returnUrl(c.req.query('return'), config);
  if (target === undefined) throw new PageError('return_refused');
  const text = pageText(c);
  return renderPage(c, {
    text,
    title: text.queue.title,
    content: <QueuePage text={text} returnTo={target} />,
    script: 'queue',
  });
}
