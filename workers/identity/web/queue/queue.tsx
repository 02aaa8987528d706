import type { FC } from 'hono/jsx';
import { MAX_URL_LENGTH } from '../../../../shared/http/safe-url.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { type AssetSource, asset } from '../kit/assets.ts';
import { Notice, type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { PageError } from '../kit/page-error.ts';
import { pageText, type Text } from '../kit/text.ts';
import { QUEUE_SCRIPT } from './queue-script.ts';

type ReturnSettings = {
  readonly issuer: string;
  /** The origins that may call us from a browser. */
  readonly returnOrigins: ReadonlySet<string>;
};

export type QueueNeeds = RenderPageNeeds & { readonly config: ReturnSettings };

/**
 * `GET /queue?return=#ticket=`: waits with the ticket of a place, and goes on with the grant that the
 * ticket gets, in the fragment. The server learns nobody's name: the ticket stays in the browser, and
 * is good for nothing but that place.
 */
export function showQueue(c: RequestContext<QueueNeeds>): Promise<Response> {
  const target = returnUrl(c.req.query('return'), c.var.services.config);
  if (target === undefined) throw new PageError('return_refused');
  const text = pageText(c);
  return renderPage(c, {
    text,
    title: text.queue.title,
    content: <QueuePage text={text} returnTo={target} />,
    script: { code: SCRIPT },
  });
}

const SCRIPT = asset('queue', 'js', QUEUE_SCRIPT);

export const QUEUE_ASSETS: readonly AssetSource<unknown>[] = [
  { name: 'queue.js', read: () => SCRIPT },
];

type QueuePageProps = { readonly text: Text; readonly returnTo: string };

/** `queue-script.ts` replaces it by a number. */
const NUMBER = '{n}';

/** The first card has the texts that the script shows. Without a ticket the script shows the second card. */
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

/** Only characters that every parser of URLs splits in the same way. The fragment is added by us. */
const PLAIN = /^[\x21\x22\x24-\x5b\x5d-\x7e]+$/;
/** A path that begins with `//` would name a host. */
const PATH = /^\/(?!\/)/;

/**
 * Where the browser goes on to: a path of ours, or a page of an origin that may call us (RFC 9700
 * §4.11).
 *
 * @returns `undefined` for anything else.
 */
export function returnUrl(
  text: string | undefined,
  { issuer, returnOrigins }: ReturnSettings,
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
