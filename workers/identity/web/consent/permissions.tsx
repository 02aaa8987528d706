import type { FC } from 'hono/jsx';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { shownText } from '../../../../shared/shown-text.ts';
import type { Consent } from '../../oauth/authorize/consent-store.ts';
import type { Text } from '../kit/text.ts';

export type Permissions = Pick<Consent, 'scopes' | 'claims' | 'resources' | 'authorizationDetails'>;

type Props = { readonly text: Text; readonly permissions: Permissions };

/** Everything that a client gets, as a list. */
export const PermissionList: FC<Props> = ({ text, permissions }) => (
  <ul class="permissions">
    {permissionSentences(permissions, text).map((sentence) => (
      <li>{sentence}</li>
    ))}
    {permissions.authorizationDetails.map((detail) => (
      <li>
        <DetailView text={text} detail={detail} />
      </li>
    ))}
  </ul>
);

/** A sentence for each scope and resource, and one for all claims. */
function permissionSentences(
  { scopes, claims, resources }: Pick<Consent, 'scopes' | 'claims' | 'resources'>,
  text: Text,
): readonly string[] {
  const names = claims.map(shownText).join(', ');
  return [
    ...scopes.map((scope) => sentenceOf(scope, text)),
    ...(claims.length === 0 ? [] : [text.claims(names)]),
    ...resources.map((resource) => text.resource(shownText(resource))),
  ];
}

const sentenceOf = (scope: string, { scopes, otherScope }: Text): string =>
  (Object.hasOwn(scopes, scope) ? scopes[scope] : undefined) ?? otherScope(shownText(scope));

type Shown<T> = { readonly text: Text; readonly value: T };

/** One of the `authorization_details` (RFC 9396 §2), with every member: the user agrees to all of them. */
const DetailView: FC<{ readonly text: Text; readonly detail: AuthorizationDetail }> = ({
  text,
  detail: { type, ...members },
}) => (
  <div class="detail">
    <p>{text.detail(shownText(type))}</p>
    <Members text={text} value={members} />
  </div>
);

const Value: FC<Shown<unknown>> = ({ text, value }) => {
  if (Array.isArray(value)) return <Items text={text} value={value} />;
  if (typeof value === 'object' && value !== null) return <Members text={text} value={value} />;
  return <>{plain(value, text)}</>;
};

const Members: FC<Shown<object>> = ({ text, value }) => (
  <dl>
    {Object.entries(value).map(([name, member]) => (
      <div>
        <dt>{readableName(name)}</dt>
        <dd>
          <Value text={text} value={member} />
        </dd>
      </div>
    ))}
  </dl>
);

const Items: FC<Shown<readonly unknown[]>> = ({ text, value }) => (
  <ul>
    {value.map((item) => (
      <li>
        <Value text={text} value={item} />
      </li>
    ))}
  </ul>
);

function plain(value: unknown, { yes, no }: Text): string {
  if (typeof value === 'boolean') return value ? yes : no;
  return shownText(typeof value === 'string' ? value : JSON.stringify(value));
}

/** `instructedAmount`, `instructed_amount` → `instructed amount` */
const readableName = (name: string): string =>
  shownText(name.replaceAll(/(?<=[a-z])(?=[A-Z])|[_-]+/g, ' ').toLowerCase());

/** The form that holds them sends `answer`: `allow` or `deny`. */
export const AnswerButtons: FC<{ readonly text: Text }> = ({ text: { consent } }) => (
  <div class="buttons">
    <button type="submit" name="answer" value="deny" class="quiet">
      {consent.deny}
    </button>
    <button type="submit" name="answer" value="allow">
      {consent.allow}
    </button>
  </div>
);
