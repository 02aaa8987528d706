import type { Context } from 'hono';
import type { FC } from 'hono/jsx';
import { MAX_URL_LENGTH } from '../../../../shared/http/safe-url.ts';
import type { Config } from '../../config.ts';
import type { AppEnv } from '../../context.ts';
import { pageAssets } from '../kit/assets.ts';
import { Notice, renderPage } from '../kit/layout.tsx';
import { PageError } from '../kit/page-error.ts';
import { pageText, type Text } from '../kit/text.ts';

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
    script: { code: pageAssets(config.brand).queue },
  });
}

export type QueuePageProps = { readonly text: Text; readonly returnTo: string };

/** Where `queue-script.ts` puts a number. */
const NUMBER = '{n}';

/** What the script shows, and the words that it says. Without a ticket it shows the second card. */
const QueuePage: FC<QueuePageProps> = ({ text: { queue }, returnTo }) => (
  <>
    <section
      class="card"
      id="queue"
      data-return={returnTo}
      data-position={queue.position(NUMBER)}
      data-unknown={queue.eta.unknown}
      data-soon={queue.eta.soon}
      data-minute={queue.eta.minute}
      data-minutes={queue.eta.minutes(NUMBER)}
      data-hours={queue.eta.hours}
    >
      <h1>{queue.title}</h1>
      <p class="lead">{queue.lead}</p>
      <div role="status">
        <p class="place" id="position">
          {queue.finding}
        </p>
        <p id="eta" />
        <div class="notice warning" id="trouble" hidden>
          <p>{queue.trouble}</p>
        </div>
      </div>
      <button class="quiet" id="leave" type="button">
        {queue.leave}
      </button>
      <noscript>
        <Notice tone="danger">{queue.noScript}</Notice>
      </noscript>
    </section>
    <section class="card" id="lost" hidden>
      <h1 tabindex={-1}>{queue.lostTitle}</h1>
      <p>{queue.lost}</p>
      <a class="button" href={returnTo}>
        {queue.goBack}
      </a>
    </section>
  </>
);

/** What every reader splits in the same way. A fragment is ours to add. */
const PLAIN = /^[\x21\x22\x24-\x5b\x5d-\x7e]+$/;
/** `//` would be a host. */
const PATH = /^\/(?!\/)/;

/**
 * Where the browser goes on to: a path of ours, or a page of an origin that may call us. Never
 * anywhere else (RFC 9700 §4.11).
 *
 * @returns `undefined` for anything else.
 */
export function returnUrl(
  text: string | undefined,
  { issuer, returnOrigins }: Pick<Config, 'issuer' | 'returnOrigins'>,
): string | undefined {
  if (text === undefined || text.length > MAX_URL_LENGTH || !PLAIN.test(text)) return undefined;
  const own = new URL(issuer).origin;
  const url = URL.parse(text, own);
  // `blob:https://…` has the origin that it names.
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.origin !== own) return returnOrigins.has(url.origin) ? url.href : undefined;
  const path = url.pathname + url.search;
  return PATH.test(path) ? path : undefined;
}
