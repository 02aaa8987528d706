import type { FC } from 'hono/jsx';

import type { Text } from '../text/text.ts';

export type DeviceDoneProps = { readonly text: Text; readonly isAllowed: boolean };

/** The end, on this screen: the device goes on by itself. */
export const DeviceDonePage: FC<DeviceDoneProps> = ({ text: { device }, isAllowed }) => (
  <section class="card">
    <h1>{isAllowed ? device.allowedTitle : device.deniedTitle}</h1>
    <p>{isAllowed ? device.allowed : device.denied}</p>
  </section>
);
