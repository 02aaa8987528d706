import type { FC } from 'hono/jsx';

import { Notice } from '../layout/notice.tsx';
import type { Text } from '../text/text.ts';

export type QueuePageProps = { readonly text: Text; readonly returnTo: string };

/** Where `queue-script.ts` puts a number. */
const NUMBER = '{n}';

/** What the script shows, and the words that it says. Without a ticket it shows the second card. */
export const QueuePage: FC<QueuePageProps> = ({ text: { queue }, returnTo }) => (
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
