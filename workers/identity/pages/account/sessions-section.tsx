import type { FC } from 'hono/jsx';

import type { SessionView } from '../../../../shared/contracts/sessions.ts';
import { Form } from '../layout/form.tsx';
import type { Text } from '../text/text.ts';
import type { AccountState } from './account-state.ts';
import { deviceName } from './device-name.ts';
import { placeOf } from './place.ts';
import { relativeTime } from './relative-time.ts';

type Props = { readonly text: Text; readonly csrf: string; readonly state: AccountState };

export const SessionsSection: FC<Props> = ({ text, csrf, state }) => (
  <section class="card" aria-labelledby="sessions">
    <h2 id="sessions">{text.account.sessions}</h2>
    <ul class="rows">
      {state.sessions.map((session) => (
        <SessionRow text={text} csrf={csrf} state={state} session={session} />
      ))}
    </ul>
    {state.sessions.length > 1 ? (
      <Form action="/account/sessions/end-others" csrf={csrf}>
        <button type="submit" class="quiet">
          {text.account.endOthers}
        </button>
      </Form>
    ) : (
      <p class="hint">{text.account.onlyHere}</p>
    )}
  </section>
);

const SessionRow: FC<Props & { readonly session: SessionView }> = (props) => {
  const { text, csrf, state, session } = props;
  const isCurrent = session.sessionId === state.viewer.session.grant.sessionId;
  const name = nameOf(session, state, text);
  return (
    <li>
      <div class="row-text">
        <p class="row-name">
          {name} {isCurrent && <span class="badge good">{text.account.thisSession}</span>}
        </p>
        <p class="hint">{placeOf(session.origin, text.lang)}</p>
        <p class="hint">
          {text.account.lastActive(relativeTime(session.lastActivityAt, state.now, text.lang))}
        </p>
      </div>
      {!isCurrent && (
        <Form action="/account/sessions/end" csrf={csrf} hidden={{ session_id: session.sessionId }}>
          <button type="submit" class="quiet small" aria-label={text.account.endSessionOf(name)}>
            {text.account.endSession}
          </button>
        </Form>
      )}
    </li>
  );
};

/** What a client was granted is a session, too: it is called after the client. */
function nameOf(session: SessionView, { clientNames }: AccountState, text: Text): string {
  if (session.scopes === undefined) return deviceName(session, text);
  return text.account.through(clientNames.get(session.clientId) ?? session.clientId);
}
