import type { FC } from 'hono/jsx';
import { shownText } from '../../../../shared/shown-text.ts';
import type { Consent } from '../../oauth/authorize/consent-store.ts';
import { PermissionList } from '../consent/permissions.tsx';
import { Form } from '../kit/form.tsx';
import type { Text } from '../kit/text.ts';
import type { AccountState } from './account-state.ts';
import { relativeTime } from './relative-time.ts';

type Props = { readonly text: Text; readonly csrf: string; readonly state: AccountState };

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

type RequestsProps = Pick<Props, 'text' | 'state'>;

/** The requests that wait for the user's answer. */
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
          {text.request.requestedAt(relativeTime(request.beganAt, state.now, text.lang))}
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
