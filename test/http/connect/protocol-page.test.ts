import { it } from 'vitest';

import { emptyAnswer, presentAnswer } from '../../../shared/hub-protocol/answer.ts';
import { RESPONSE_CODES, type ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { findRoute } from '../../../workers/edge/gateway/routes.ts';
import { ask } from '../../support/connect-fixture.ts';

const names = Object.keys(RESPONSE_CODES).filter((name): name is ResponseName => name !== 'OK');

it.for(names)(
  'the type of the problem %s leads to a page and an anchor',
  async (name, { expect }) => {
    const { payload } = presentAnswer(emptyAnswer(name), true);
    const { type } = JSON.parse(new TextDecoder().decode(payload)) as { type: string };
    const { pathname, hash, href } = new URL(type, 'https://id.example.test/connect');
    expect(findRoute(pathname)).toMatchObject({ to: 'connect', open: true });
    const page = await ask(new Request(href));
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain(`id="${hash.slice(1)}"`);
  },
);
