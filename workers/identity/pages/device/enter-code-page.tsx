import type { FC } from 'hono/jsx';

import { Field } from '../layout/field.tsx';
import { Form } from '../layout/form.tsx';
import type { Text } from '../text/text.ts';

export type EnterCodeProps = {
  readonly text: Text;
  readonly csrf: string;
  /** As typed, or from `?user_code=` (RFC 8628 §3.3.1). */
  readonly userCode: string;
  /** Why the code that was entered leads nowhere. */
  readonly error?: string | undefined;
};

/** Where the user says which device is theirs (RFC 8628 §3.3). Sends `user_code` to `POST /device`. */
export const EnterCodePage: FC<EnterCodeProps> = ({ text, csrf, userCode, error }) => (
  <section class="card">
    <h1>{text.device.title}</h1>
    <p class="lead">{text.device.intro}</p>
    <Form action="/device" csrf={csrf}>
      <Field
        text={text}
        name="user_code"
        label={text.field.code}
        autocomplete="off"
        class="code"
        value={userCode}
        hint={text.hint.code}
        error={error}
        maxLength={32}
        hasFocus
      />
      <button type="submit">{text.device.next}</button>
    </Form>
  </section>
);
