import type { FC } from 'hono/jsx';

import { shownText } from '../../text/shown-name.ts';
import type { Text } from '../../text/text.ts';
import type { AccountState } from '../account-state.ts';
import { relativeTime } from '../relative-time.ts';

type Props = { readonly text: Text; readonly state: AccountState };

/** What clients ask of the user now. */
export const RequestsSection: FC<Props> = ({ text, state }) => (
  <section class="card" aria-labelledby="requests">
    <h2 id="requests">{text.request.waiting}</h2>
    <ul class="rows">
      {state.requests.map((waiting) => (
        <RequestRow text={text} state={state} waiting={waiting} />
      ))}
    </ul>
  </section>
);

type RowProps = Props & { readonly waiting: AccountState['requests'][number] };

const RequestRow: FC<RowProps> = ({ text, state, waiting: { id, request } }) => {
  const name = state.clientNames.get(request.clientId) ?? request.clientId;
  return (
    <li>
      <div class="row-text">
        <p class="row-name">{name}</p>
        {request.bindingMessage !== null && <p>{shownText(request.bindingMessage)}</p>}
        <p class="hint">
          {text.request.askedAt(relativeTime(request.beganAt, state.now, text.lang))}
        </p>
      </div>
      <a
        class="button quiet small"
        href={`/account/requests/${id}`}
        aria-label={text.request.reviewOf(name)}
      >
        {text.request.review}
      </a>
    </li>
  );
};
