import type { FC } from 'hono/jsx';
import { days, hours, type Millis, minutes } from '../../../../shared/clock.ts';
import type { Origin, SessionView } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { Consent } from '../../oauth/authorizations/consent-store.ts';
import { PermissionList } from '../consent/permissions.tsx';
import { Form } from '../kit/form.tsx';
import { shownText, type Text } from '../kit/text.ts';
import type { AccountState } from './account-state.ts';
import { deviceName } from './device-name.ts';

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
  const name = sessionName(session, state, text);
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
function sessionName(session: SessionView, { clientNames }: AccountState, text: Text): string {
  if (session.scopes === undefined) return deviceName(session, text);
  return text.account.through(clientNames.get(session.clientId) ?? session.clientId);
}

export const ApplicationsSection: FC<Props> = ({ text, csrf, state }) => (
  <section class="card" aria-labelledby="applications">
    <h2 id="applications">{text.account.applications}</h2>
    {state.consents.length === 0 ? (
      <p class="hint">{text.account.noApplications}</p>
    ) : (
      <ul class="rows">
        {state.consents.map((consent) => (
          <ApplicationRow text={text} csrf={csrf} state={state} consent={consent} />
        ))}
      </ul>
    )}
  </section>
);

const ApplicationRow: FC<Props & { readonly consent: Consent }> = (props) => {
  const { text, csrf, state, consent } = props;
  const name = state.clientNames.get(consent.clientId) ?? consent.clientId;
  const when = relativeTime(consent.updatedAt, state.now, text.lang);
  return (
    <li>
      <div class="row-text">
        <p class="row-name">{name}</p>
        <p class="hint">{text.account.allowedAt(when)}</p>
        <details>
          <summary>{text.account.may}</summary>
          <PermissionList text={text} permissions={consent} />
        </details>
      </div>
      <Form
        action="/account/applications/withdraw"
        csrf={csrf}
        hidden={{ client_id: consent.clientId }}
      >
        <button type="submit" class="quiet small" aria-label={text.account.withdrawOf(name)}>
          {text.account.withdraw}
        </button>
      </Form>
    </li>
  );
};

type RequestsProps = { readonly text: Text; readonly state: AccountState };

/** What clients ask of the user now. */
export const RequestsSection: FC<RequestsProps> = ({ text, state }) => (
  <section class="card" aria-labelledby="requests">
    <h2 id="requests">{text.request.waiting}</h2>
    <ul class="rows">
      {state.requests.map((waiting) => (
        <RequestRow text={text} state={state} waiting={waiting} />
      ))}
    </ul>
  </section>
);

type RowProps = RequestsProps & { readonly waiting: AccountState['requests'][number] };

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

const COUNTRY = /^[A-Z]{2}$/;

/** Country and address, as far as the platform knows them. */
export function placeOf({ country, ipAddress }: Origin, lang: string): string {
  const name =
    country !== null && COUNTRY.test(country)
      ? new Intl.DisplayNames(lang, { type: 'region' }).of(country)
      : undefined;
  return [name, ipAddress].filter((part) => part !== undefined && part !== '').join(' · ');
}

const UNITS = [
  ['year', days(365)],
  ['month', days(30)],
  ['day', days(1)],
  ['hour', hours(1)],
  ['minute', minutes(1)],
] as const;

/** How long ago something was, in words. The page does not know its reader's time zone. */
export function relativeTime(at: Millis, now: Millis, lang: string): string {
  const format = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  const age = Math.max(0, now - at);
  const [unit, length] = UNITS.find(([, length]) => age >= length) ?? (['second', 1_000] as const);
  // "Now" for whatever happened within this minute.
  return unit === 'second'
    ? format.format(0, unit)
    : format.format(-Math.floor(age / length), unit);
}
