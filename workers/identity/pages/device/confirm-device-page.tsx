import type { FC } from 'hono/jsx';

import { AnswerButtons } from '../consent/answer-buttons.tsx';
import { PermissionList, type Permissions } from '../consent/permission-list.tsx';
import { clientName, type NamedClient } from '../interaction/client-name.ts';
import { Form } from '../layout/form.tsx';
import { ClientNotice } from '../polled/client-notice.tsx';
import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

export type ConfirmDeviceProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly client: NamedClient;
  readonly asked: Permissions;
  /** As the device shows it. */
  readonly userCode: string;
  /** The e-mail of who is signed in. */
  readonly email: string;
  /** What this page shows, in short: comes back with the answer. */
  readonly shown: string;
};

/**
 * Where the user lets a device in, or not (RFC 8628 §3.3, §5.4). Sends `user_code` and `answer`
 * (`allow` or `deny`) to `POST /device/confirm`.
 */
export const ConfirmDevicePage: FC<ConfirmDeviceProps> = (props) => {
  const { text, csrf, client, asked, userCode, email, shown } = props;
  const name = clientName(client);
  return (
    <section class="card">
      <h1>{text.device.confirmTitle(name)}</h1>
      <p class="lead">{text.consent.signedInAs(shownName(email))}</p>
      <p>{text.device.compare}</p>
      <p class="user-code">{userCode}</p>
      <ClientNotice text={text} client={client} warning={text.device.warning} />
      <h2>{text.consent.gets(name)}</h2>
      <PermissionList text={text} permissions={asked} />
      <Form action="/device/confirm" csrf={csrf} hidden={{ user_code: userCode, shown }}>
        <AnswerButtons text={text} />
      </Form>
    </section>
  );
};
