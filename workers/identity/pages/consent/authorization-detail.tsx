import type { FC } from 'hono/jsx';

import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { shownText } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

type Shown<T> = { readonly text: Text; readonly value: T };

/** One of the `authorization_details` (RFC 9396 §2), whole: nobody agrees to what they cannot see. */
export const DetailView: FC<{ readonly text: Text; readonly detail: AuthorizationDetail }> = ({
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
