import { RESPONSE_HEADER_BYTES, type ResponseFrame } from '../../shared/hub-protocol/frame.ts';
import { expectStatus, expectThat, listOf, Surprise } from './expect.ts';
import { HubClient, within } from './hub-client.ts';
import { untilRefused } from './session-steps.ts';
import type { Step, Tour } from './tour.ts';

const AUTHENTICATION_ENDED = 4401;

export const HUB_STEPS: readonly Step[] = [
  {
    title: 'Open the WebSocket and read the capability manifest',
    async run(tour) {
      const hub = new HubClient(tour.url, tour.tokens.accessToken);
      tour.hub = hub;
      await hub.opened();
      const manifest = await hub.event('connect.capability-manifest');
      const apis = listOf(manifest, 'availableApis');
      tour.endpoints = new Map(
        apis.map((api) => [
          `${String(api['service'])} ${String(api['endpoint'])}`,
          String(api['serviceId']),
        ]),
      );
      expectThat(tour.endpoints.size > 0, 'endpoints in the manifest');
      return [...tour.endpoints].map(([name, guid]) => [name, guid]);
    },
  },
  {
    title: 'Call the profile endpoint in a 31-byte frame',
    async run(tour) {
      const response = await callEndpoint(tour, /GET:\S*\/profile$/);
      expectThat(response.text.includes(tour.person.email), 'our address in the profile');
      return [['response', described(response)]];
    },
  },
  {
    title: 'Call the echo endpoint',
    async run(tour) {
      const payload = { hello: 'hub', at: Date.now() };
      const response = await callEndpoint(tour, /POST:\S*\/echo$/, payload);
      expectThat(response.text.includes(JSON.stringify(payload)), 'what was sent');
      return [
        ['response', described(response)],
        ['payload', response.text],
      ];
    },
  },
  {
    title: 'Log out, and see the socket closed',
    async run({ client, tokens, hub }) {
      if (hub === undefined) throw new Surprise('expected an open socket');
      const { accessToken: token } = tokens;
      expectStatus(await client.call('/api/v1/auth/logout', { method: 'POST', token }), 204);
      const { code, reason } = await within(hub.closed, 'the socket to be closed');
      expectThat(code === AUTHENTICATION_ENDED, `close code 4401, not ${code} ${reason}`);
      const took = await untilRefused({ client }, token);
      return [
        ['socket', `closed, ${code} ${reason}`],
        ['access token', `refused after ${(took / 1000).toFixed(1)} s`],
      ];
    },
  },
];

type Answered = { readonly frame: ResponseFrame; readonly text: string };

async function callEndpoint(tour: Tour, name: RegExp, payload?: unknown): Promise<Answered> {
  const guid = [...tour.endpoints].find(([endpoint]) => name.test(endpoint))?.[1];
  if (guid === undefined || tour.hub === undefined) {
    throw new Surprise(`expected ${name.source} in the manifest`);
  }
  const frame = await tour.hub.call({ guid, ...(payload === undefined ? {} : { payload }) });
  expectThat(frame.code === 0, `response code 0, not ${frame.code}`);
  return { frame, text: new TextDecoder().decode(frame.payload) };
}

const described = ({ frame }: Answered): string =>
  `code ${frame.code} OK, ${RESPONSE_HEADER_BYTES} + ${frame.payload.length} bytes`;
