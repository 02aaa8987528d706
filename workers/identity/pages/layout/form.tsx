import type { Child, FC } from 'hono/jsx';

import { CSRF_FIELD } from '../../browser/csrf.ts';

export type FormProps = {
  readonly action: string;
  readonly csrf: string;
  /** What goes along unseen; absent members do not. */
  readonly hidden?: Readonly<Record<string, string | undefined>> | undefined;
  readonly class?: string | undefined;
  readonly children: Child;
};

/**
 * A form of our own. The browser does not judge its fields: it knows fewer e-mail addresses than we
 * do (RFC 6531), and says what is wrong in another language.
 */
export const Form: FC<FormProps> = ({ action, csrf, hidden = {}, class: name, children }) => (
  <form method="post" action={action} class={name} novalidate>
    <input type="hidden" name={CSRF_FIELD} value={csrf} />
    {Object.entries(hidden).map(
      ([field, value]) => value !== undefined && <input type="hidden" name={field} value={value} />,
    )}
    {children}
  </form>
);
