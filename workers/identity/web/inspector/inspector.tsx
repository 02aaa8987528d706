import { OpenAPIHono } from '@hono/zod-openapi';
import type { FC } from 'hono/jsx';
import type { Clock } from '../../../../shared/clock.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import { termsOf } from '../../sessions/access-token.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import { type IssueAccessTokenNeeds, issueAccessToken } from '../../sessions/issue-tokens.ts';
import { type Asset, type AssetSource, asset } from '../kit/assets.ts';
import { Notice, type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { assertOwnForm, csrfToken, type OwnFormNeeds } from '../kit/own-form.ts';
import { signInFirst } from '../kit/return-target.ts';
import { pageText, shownName, type Text } from '../kit/text.ts';
import { findViewer, type ViewerNeeds } from '../kit/viewer.ts';
import { INSPECTOR_CSS } from './inspector-style.ts';

type InspectorAssetNeeds = {
  /** The script that `web/inspector/` is built into. */
  readonly inspectorScript: () => Promise<string>;
};

export type InspectorNeeds = RenderPageNeeds &
  ViewerNeeds &
  InspectorAssetNeeds & {
    readonly config: {
      /** `ws:` or `wss:` */
      readonly connectUrl: string;
    };
  };

/** `GET /connect/inspector`: the hub, as somebody who is signed in may use it. */
export async function showInspector(c: RequestContext<InspectorNeeds>): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer === undefined) return signInFirst(c, '/connect/inspector');
  const { services } = c.var;
  const { connectUrl } = services.config;
  const text = pageText(c);
  const csrf = await csrfToken(await ensureBrowserId(c));
  const { email } = viewer.account;
  return renderPage(c, {
    text,
    title: text.inspector.title,
    content: <InspectorPage text={text} csrf={csrf} connectUrl={connectUrl} email={email} />,
    width: 'full',
    script: { code: await script(services), style: STYLE },
    scriptAsks: [new URL(connectUrl)],
  });
}

const script = async ({ inspectorScript }: InspectorAssetNeeds): Promise<Asset> =>
  asset('inspector', 'js', await inspectorScript());

const STYLE = asset('inspector', 'css', INSPECTOR_CSS);

export const INSPECTOR_ASSETS: readonly AssetSource<InspectorAssetNeeds>[] = [
  { name: 'inspector.js', read: script },
  { name: 'inspector.css', read: () => STYLE },
];

/** Seconds. The page asks for further tokens; one that is left behind in a browser is soon worthless. */
const LIFETIME = 300;

/** The page's script sends this header in place of a form's hidden field. */
const CSRF_HEADER = 'x-csrf-token';

export type InspectorTokenNeeds = OwnFormNeeds &
  ViewerNeeds &
  IssueAccessTokenNeeds & { readonly clock: Clock };

/**
 * `POST /connect/inspector/token`: an access token of the browser's session for our own client, as its
 * sign-in would have given it. Only our own page gets it: this is the one way from the cookie to a
 * token.
 */
export function inspectorTokenRoute(): OpenAPIHono<RequestEnv<InspectorTokenNeeds>> {
  const app = new OpenAPIHono<RequestEnv<InspectorTokenNeeds>>();
  app.post('/token', async (c) => {
    const { services } = c.var;
    await assertOwnForm(c, c.req.header(CSRF_HEADER));
    const viewer = await findViewer(c);
    if (viewer === undefined) throw new Problem('SESSION_TERMINATED');
    const now = services.clock();
    const { grant } = viewer.session;
    const times = { issuedAt: now, now, lifetimes: [LIFETIME, null] };
    const request = { terms: termsOf(grant), owner: grant.accountId, ...times };
    const issued = await issueAccessToken(request, services);
    return c.json(issued, 200, { 'cache-control': 'no-store' });
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

/** The script in `web/inspector/` fills this page: it finds its elements by their ids. */
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
