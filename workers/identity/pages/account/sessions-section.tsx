import type { FC } from 'hono/jsx';

import type { SessionView } from '../../../../shared/contracts/identity/user-sessions.ts';
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
      {currentFirst(state).map((session) => (
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

const isCurrent = (session: SessionView, { viewer }: AccountState): boolean =>
  session.sessionId === viewer.session.grant.sessionId;

const currentFirst = (state: AccountState): readonly SessionView[] => [
  ...state.sessions.filter((session) => isCurrent(session, state)),
  ...state.sessions.filter((session) => !isCurrent(session, state)),
];

const SessionRow: FC<Props & { readonly session: SessionView }> = (props) => {
  const { text, csrf, state, session } = props;
  const isHere = isCurrent(session, state);
  const name = nameOf(session, state, text);
  const place = placeOf(session.origin, text.lang);
  const age = relativeTime(session.lastActivityAt, state.now, text.lang);
  const active = text.account.lastActive(age);
  return (
    <li>
      <div class="row-text">
        <p class="row-name">
          {name} {isHere && <span class="badge good">{text.account.thisSession}</span>}
        </p>
        <p class="hint">{place === '' ? active : `${place} · ${active}`}</p>
      </div>
      {!isHere && (
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
