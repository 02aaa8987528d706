import type { FC } from 'hono/jsx';
import type { RequestContext } from '../../../kit/request.ts';
import { type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { pageText, type Text } from '../kit/text.ts';

/** `GET /`: where somebody who only knows the address finds what they want. */
export function showHome(c: RequestContext<RenderPageNeeds>): Promise<Response> {
  const text = pageText(c);
  const { name } = c.var.services.config.brand;
  return renderPage(c, { text, title: text.home.title, content: <Home text={text} name={name} /> });
}

const Home: FC<{ readonly text: Text; readonly name: string }> = ({ text: { home }, name }) => (
  <section class="card">
    <h1>{name}</h1>
    <p class="lead">{home.lead}</p>
    <a class="button" href="/account">
      {home.account}
    </a>
    <p class="links">
      <a href="/docs">{home.docs}</a>
    </p>
  </section>
);
