import { CLOSED_CONNECTIONS, EQUAL_LOAD, type Extent, OPEN_CONNECTIONS } from './options.ts';

/** The report's notes on the method and on its limits. */
export function notes({
  rounds,
  seconds,
  warmUpSeconds,
  latency,
  coldStarts,
  users,
  codes,
}: Extent): string[] {
  return [
    `Each server runs in raw workerd, or on Node for Node's peers, without a development proxy. One server runs at a time: the others are stopped (SIGSTOP). ${rounds} rounds visit every row, each round beginning with another, ${seconds} s after ${warmUpSeconds} s of warm-up. A number is the median of the rounds; a ratio is the median of the rounds' ratios.`,
    `Throughput: ${CLOSED_CONNECTIONS} keep-alive connections over loopback, one request under way on each. The generator is Node on raw sockets; where "generator busy" nears 100 %, it is the limit and not the server.`,
    `Latency: ${OPEN_CONNECTIONS} connections, Poisson arrivals at ${EQUAL_LOAD * 100} % of the no-op's measured capacity, the same arrivals for each row. ${latency.rounds} rounds of ${latency.seconds} s. Latency counts from the moment when a request was due. The machine stands still for a tenth of a second every few seconds, under a no-op as under anything else; "quiet" is the lower quartile of the rounds' p99, from rounds without such a moment, and it is what the ratios compare.`,
    `Before measuring, one answer of each row is read and must be the right one. While measuring, every answer is counted: one outside 200–299, or a lost connection, makes the row INVALID.`,
    `The token travels in the \`Authorization\` header (GET and POST) or in a JSON body. No Worker can see a body without reading it, which alone costs a large part of a no-op's time, so that form has a floor of its own.`,
    `Cold start: ${coldStarts} processes each, in turns, from the spawn of workerd to the first answer. Beside the stand-in, which publishes one key, \`edge\` fetches that key, the revocations, and checks a signature before it answers. Most of the time is workerd's own start, which Cloudflare's isolates do not have.`,
    `Not comparable: oidc-provider keeps tokens in the memory of one process and looks them up by value, where Sallyport proves a signature once and then watches revocations; better-auth asks SQLite in its own process each time (its cookie cache is off). Neither peer was tuned, and both run on Node, not in workerd.`,
    `Not comparable: a refresh is sealed, checked, rotated and signed by three Workers and two objects (${users} users); the bare object is one Worker and one object that reads a row and writes a row. Both write to this machine's disk: on Cloudflare the commit's latency is the network's.`,
    `OAuth: refresh and code exchange are the same two requests to each provider, by a public client with PKCE, for scope \`profile\` and thus without ID tokens. Up to ${codes} codes are made before each measurement of their exchange, which ends when they are used up; making them is not measured. Every answer to a refresh must bring the next token.`,
    `The Workers libraries keep their state in KV. Here that is a \`kvNamespace\` binding of the same workerd, served by a Worker and one SQLite object on disk: one statement a call (bench/workers/kv), less than Cloudflare's own simulator does, and as durable as ours. Its processor time counts as theirs, as that of our objects counts as ours. On Cloudflare, KV is a network away, and eventually consistent: two requests may use one code, or one refresh token, which ours refuses.`,
    `Not comparable: workers-oauth-provider issues opaque tokens (no signature), openauth ES256 JWTs; oidc-provider keeps what it issues in the memory of one process and loses it with that, where ours can be revoked anywhere. Access tokens of ours are signed in a Worker of their own that alone holds the keys, so every token costs a call to it.`,
    `Rows written per rotation: 1, by the platform's own counter; proved by "[U16] writes one row for a rotation and sets no alarm" in test/durable-objects/user/sessions.test.ts (the target is 2 at most).`,
    `Not measured: the network, Cloudflare's own start and routing, and anything above one core.`,
  ];
}
