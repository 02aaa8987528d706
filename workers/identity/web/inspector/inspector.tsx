import { type Context, Hono } from 'hono';
import type { FC } from 'hono/jsx';
import { Problem } from '../../../../shared/http/problem.ts';
import { newTokenId } from '../../../../shared/ids.ts';
import type { AppEnv } from '../../context.ts';
import { signAccessToken, termsOf } from '../../sessions/access-token.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import { inspectorAsset, pageAssets } from '../kit/assets.ts';
import { Notice, renderPage } from '../kit/layout.tsx';
import { assertOwnForm, csrfToken } from '../kit/own-form.ts';
import { signInFirst } from '../kit/return-target.ts';
import { pageText, shownName, type Text } from '../kit/text.ts';
import { findViewer } from '../kit/viewer.ts';

/** `GET /connect/inspector`: the hub, as somebody who is signed in may use it. */
export async function showInspector(c: Context<AppEnv>): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer === undefined) return signInFirst(c, '/connect/inspector');
  const { config, inspectorScript } = c.var.services;
  const { connectUrl, brand } = config;
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  const { email } = viewer.account;
  return renderPage(c, {
    text,
    title: text.inspector.title,
    content: <InspectorPage text={text} csrf={csrf} connectUrl={connectUrl} email={email} />,
    width: 'full',
    script: {
      code: inspectorAsset(await inspectorScript()),
      style: pageAssets(brand).inspectorStyle,
    },
    asks: [new URL(connectUrl)],
  });
}

/** Seconds. The page asks again; what is left behind in a browser is soon worth nothing. */
const LIFETIME = 300;

/** What the page's own script sends in place of a form's hidden field. */
const CSRF_HEADER = 'x-csrf-token';

/**
 * `POST /connect/inspector/token`: an access token of the browser's session for our own client, as its
 * sign-in would have given it. Only for our own page: it is the one way from the cookie to a token.
 */
export function inspectorTokenRoute(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.post('/token', async (c) => {
    const { services } = c.var;
    await assertOwnForm(c, c.req.header(CSRF_HEADER));
    const viewer = await findViewer(c);
    if (viewer === undefined) throw new Problem('SESSION_TERMINATED');
    const { config, clock } = services;
    const lifetime = Math.min(LIFETIME, config.limits.accessSeconds);
    const terms = termsOf(viewer.session.grant, config.audience);
    const request = { terms, tokenId: newTokenId(), issuedAt: clock(), lifetime };
    const { text } = await signAccessToken(request, services);
    return c.json({ accessToken: text, expiresIn: lifetime }, 200, { 'cache-control': 'no-store' });
  });
  return app;
}

export type InspectorPageProps = {
  readonly text: Text;
  readonly csrf: string;
  /** `ws:` or `wss:` */
  readonly connectUrl: string;
  readonly email: string;
};

type Section = FC<{ readonly text: Text['inspector'] }>;

/** What the script in `web/inspector/` fills: it finds its places by their ids. */
const InspectorPage: FC<InspectorPageProps> = ({ text, csrf, connectUrl, email }) => {
  const { inspector } = text;
  return (
    <div
      id="inspector"
      data-csrf={csrf}
      data-connect-url={connectUrl}
      data-messages={JSON.stringify(inspector.messages)}
    >
      <div class="title">
        <div>
          <h1>{inspector.title}</h1>
          <p class="lead">{inspector.lead(shownName(email))}</p>
        </div>
      </div>
      <noscript>
        <Notice tone="danger">{inspector.noScript}</Notice>
      </noscript>
      <Connection text={inspector} />
      <div class="columns">
        <div>
          <ManifestSection text={inspector} />
          <CallSection text={inspector} />
        </div>
        <LogSection text={inspector} />
      </div>
    </div>
  );
};

const Connection: Section = ({ text }) => (
  <section class="card" aria-labelledby="connection-title">
    <h2 id="connection-title">{text.connection}</h2>
    <div role="status">
      <p id="status" class="row-name" tabindex={-1}>
        {text.messages.idle}
      </p>
      <p id="replay" />
    </div>
    <div class="controls">
      <Button id="connect" label={text.connect} />
      <Button id="drop" label={text.drop} />
      <Button id="resume" label={text.resume} />
      <Button id="disconnect" label={text.disconnect} />
      <Button id="ping" label={text.ping} />
      <Button id="reauthenticate" label={text.reauthenticate} />
    </div>
    <p id="token-clock" />
    <p>
      {text.position} <code id="position" />
    </p>
    <p class="hint">{text.endings}</p>
  </section>
);

const ManifestSection: Section = ({ text }) => (
  <section class="card" aria-labelledby="manifest-title">
    <h2 id="manifest-title">{text.manifest}</h2>
    <dl class="facts">
      <Fact id="session-id" name={text.session} />
      <Fact id="peer-guid" name={text.peerGuid} />
      <Fact id="version" name={text.version} />
      <Fact id="manifest-hash" name={text.hash} />
      <Fact id="limits" name={text.limitsTitle} />
    </dl>
    <div class="field">
      <label for="filter">{text.filter}</label>
      <input id="filter" type="search" autocomplete="off" spellcheck={false} />
      <p class="hint" id="endpoint-count" role="status" />
    </div>
    <ul class="targets" id="endpoints" />
    <h3>{text.shortcuts}</h3>
    <ul class="targets" id="shortcuts" />
  </section>
);

const CallSection: Section = ({ text }) => (
  <section class="card" aria-labelledby="call-title">
    <h2 id="call-title">{text.call}</h2>
    <form id="call">
      <p>
        {text.target}: <output id="target">{text.noTarget}</output>
      </p>
      <div class="field">
        <label for="payload">{text.payload}</label>
        <textarea id="payload" rows={6} spellcheck={false} aria-describedby="payload-hint" />
        <p class="hint" id="payload-hint">
          {text.payloadHint}
        </p>
      </div>
      <div class="field">
        <label for="channel">{text.channel}</label>
        <input id="channel" type="number" min={0} max={65_535} value="0" required />
      </div>
      <fieldset>
        <legend>{text.flags}</legend>
        <Check id="flag-binary" label={text.binary} />
        <Check id="flag-event" label={text.event} />
        <Check id="flag-meta" label={text.meta} />
      </fieldset>
      <div class="field">
        <label for="meta-kind">{text.metaKind}</label>
        <select id="meta-kind" disabled>
          {text.metaKinds.map((kind, index) => (
            <option value={String(index)}>{kind}</option>
          ))}
        </select>
      </div>
      <div class="controls">
        <button id="send" type="submit" class="small" disabled>
          {text.send}
        </button>
        <Button id="cancel" label={text.cancel} />
      </div>
      <p id="outcome" role="status" />
    </form>
  </section>
);

const LogSection: Section = ({ text }) => (
  <section class="card log" aria-labelledby="log-title">
    <div class="title">
      <h2 id="log-title">{text.log}</h2>
      <span class="badge" id="frame-count" />
      <button id="clear" type="button" class="quiet small">
        {text.clear}
      </button>
    </div>
    <p class="hint">{text.logHint}</p>
    <ol class="frames" id="frames" />
  </section>
);

const Button: FC<{ readonly id: string; readonly label: string }> = ({ id, label }) => (
  <button id={id} type="button" class="quiet small" disabled>
    {label}
  </button>
);

const Fact: FC<{ readonly id: string; readonly name: string }> = ({ id, name }) => (
  <div>
    <dt>{name}</dt>
    <dd id={id} />
  </div>
);

const Check: FC<{ readonly id: string; readonly label: string }> = ({ id, label }) => (
  <label class="check" for={id}>
    <input id={id} type="checkbox" /> {label}
  </label>
);
