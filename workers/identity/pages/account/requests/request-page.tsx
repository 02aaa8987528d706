import type { FC } from 'hono/jsx';

import type { WaitingRequest } from '../../../oauth/ciba/waiting-requests.ts';
import type { Client } from '../../../oauth/clients/client.ts';
import { AnswerButtons } from '../../consent/answer-buttons.tsx';
import { PermissionList } from '../../consent/permission-list.tsx';
import { clientName } from '../../interaction/client-name.ts';
import { Form } from '../../layout/form.tsx';
import { askedPermissions } from '../../polled/asked-permissions.ts';
import { ClientNotice } from '../../polled/client-notice.tsx';
import { shownName, shownText } from '../../text/shown-name.ts';
import type { Text } from '../../text/text.ts';

type Props = {
  readonly text: Text;
  readonly csrf: string;
  readonly client: Client;
  readonly waiting: WaitingRequest;
  /** The e-mail of who is signed in. */
  readonly email: string;
  /** What this page shows, in short: comes back with the answer. */
  readonly shown: string;
};

/** Where the user answers a client that asks from elsewhere (OpenID Connect CIBA §8). */
export const RequestPage: FC<Props> = (props) => {
  const { text, csrf, client, waiting, email, shown } = props;
  const { id, request } = waiting;
  const name = clientName(client);
  return (
    <section class="card">
      <h1>{text.request.title(name)}</h1>
      <p class="lead">{text.consent.signedInAs(shownName(email))}</p>
      {request.bindingMessage !== null && (
        <BindingMessage text={text} name={name} message={request.bindingMessage} />
      )}
      <ClientNotice text={text} client={client} warning={text.request.warning} />
      <h2>{text.consent.gets(name)}</h2>
      <PermissionList text={text} permissions={askedPermissions(request)} />
      <Form action={`/account/requests/${id}`} csrf={csrf} hidden={{ shown }}>
        <AnswerButtons text={text} />
      </Form>
    </section>
  );
};

/** The user finds the same on the screen of whoever asks (CIBA §7.1, `binding_message`). */
const BindingMessage: FC<{
  readonly text: Text;
  readonly name: string;
  readonly message: string;
}> = ({ text, name, message }) => (
  <>
    <p>{text.request.compare(name)}</p>
    <p class="binding-message">{shownText(message)}</p>
  </>
);
