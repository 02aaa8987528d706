import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { issuer } from '../support/node/provider.ts';
import { ADMIN } from '../support/node/running-instance.ts';

const run = promisify(execFile);
const FENCE = /^```(sh|json)\n([\s\S]*?)^```/gm;
const SEPARATOR = '\u001e';

type Step = { readonly commands: string; readonly answer: string | undefined };

/** The commands of the page, in its order, each with the answer that the page shows. */
function stepsOf(page: string): readonly Step[] {
  const fences = [...page.matchAll(FENCE)].map(([, kind, text]) => ({ kind, text: text ?? '' }));
  return fences.flatMap(({ kind, text }, index) => {
    const next = fences[index + 1];
    const answer = next?.kind === 'json' ? next.text : undefined;
    return kind === 'sh' ? [{ commands: text, answer }] : [];
  });
}

/** What a value of the page stands for. */
const matching = (shown: unknown): unknown => {
  if (shown === '…') return expect.any(String);
  return typeof shown === 'number' ? expect.any(Number) : shown;
};

describe('docs/oauth.md', () => {
  it('can be pasted into a shell from top to bottom, and shows the answers', async () => {
    const page = await readFile('docs/oauth.md', 'utf8');
    const steps = stepsOf(page.replaceAll('http://127.0.0.1:8787', issuer()));
    const { email, password } = ADMIN;
    const script = steps
      .map(({ commands }) => `${commands}\nprintf '${SEPARATOR}'\n`)
      .join('')
      .replace('admin@sallyport.local', email);
    const env = { ...process.env, SALLYPORT_ADMIN_PASSWORD: password };
    const { stdout } = await run('sh', ['-euc', script], { env });
    const outputs = stdout.split(SEPARATOR).slice(0, -1);
    expect(outputs).toHaveLength(steps.length);
    expect(steps.filter(({ answer }) => answer !== undefined).length).toBeGreaterThan(8);
    for (const [index, { answer }] of steps.entries()) {
      if (answer === undefined) continue;
      const shown = Object.entries(JSON.parse(answer) as Record<string, unknown>);
      const expected = Object.fromEntries(shown.map(([name, value]) => [name, matching(value)]));
      expect(JSON.parse(outputs[index] ?? '')).toMatchObject(expected);
    }
  });

  it('names no program that is not on a fresh machine with Node and curl', async () => {
    const page = await readFile('docs/oauth.md', 'utf8');
    const programs = stepsOf(page)
      .map(({ commands }) => commands)
      .join('\n');
    expect(programs).not.toMatch(/\b(?:jq|python3?|openssl)\b/);
  });
});
