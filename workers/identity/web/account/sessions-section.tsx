import type { FC } from 'hono/jsx';
import type { Origin, SessionView } from '../../../../shared/contracts/identity/user-sessions.ts';
import { Form } from '../kit/form.tsx';
import { shownName, type Text } from '../kit/text.ts';
import type { AccountState } from './account-state.ts';
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

/** A client's grant is a session, too: it has the client's name. */
function sessionName(session: SessionView, { clientNames }: AccountState, text: Text): string {
  if (session.scopes === undefined) return deviceName(session, text);
  return text.account.through(clientNames.get(session.clientId) ?? session.clientId);
}

/** A name by which the owner may recognise a device. It proves nothing: clients send what they like. */
export function deviceName(
  { device, origin: { userAgent } }: Pick<SessionView, 'device' | 'origin'>,
  { account }: Text,
): string {
  const name = shownName(device.name ?? '');
  if (name !== '') return name;
  const browser = named(BROWSERS, userAgent);
  const system = named(SYSTEMS, userAgent);
  if (browser !== undefined && system !== undefined) return account.deviceOn(browser, system);
  const product = PRODUCT.exec(userAgent)?.[0];
  return browser ?? system ?? ((product && shownName(product)) || account.unknownDevice);
}

/** The first match counts, because a browser names those that it descends from, too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];
/** A program that is no browser names itself first: `Flow/1.0 (build 7)` (RFC 9110 §10.1.5). */
const PRODUCT = /^[^\s/()]+/;

const named = (names: typeof BROWSERS, userAgent: string): string | undefined =>
  names.find(([pattern]) => pattern.test(userAgent))?.[1];

const COUNTRY = /^[A-Z]{2}$/;

/** The country and the address of a session, as far as the platform knows them. */
export function placeOf({ country, ipAddress }: Origin, lang: string): string {
  const name =
    country !== null && COUNTRY.test(country)
      ? new Intl.DisplayNames(lang, { type: 'region' }).of(country)
      : undefined;
  return [name, ipAddress].filter((part) => part !== undefined && part !== '').join(' · ');
}
