import { it } from 'vitest';

import { ERROR_CODES, type ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { Problem, problemResponse } from '../../../shared/http/problem.ts';
import { EdgeFixture } from '../../support/edge-fixture.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

it.for(codes)(
  'the type of the problem %s leads to a page and an anchor',
  async (code, { expect }) => {
    const ids = { correlationId: 'c', instance: '/x' };
    const { type } = await problemResponse(new Problem(code), ids).json<{ type: string }>();
    const { pathname, hash } = new URL(type, 'https://id.example.test/x');
    const fixture = await EdgeFixture.start();
    const page = await fixture.fetch(pathname);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain(`id="${hash.slice(1)}"`);
  },
);
