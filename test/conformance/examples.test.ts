import { type ChildProcess, spawn } from 'node:child_process';

import { afterEach, describe, expect, it } from 'vitest';

import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { freePort } from '../support/node/instance.ts';
import { agree, agreed, issuer, newAgent, newPerson } from '../support/node/provider.ts';
import { Page, UserAgent } from '../support/node/user-agent.ts';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill();
});

/** Runs an example in a process of its own, against the running instance. */
function run(program: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [`examples/oauth/${program}`], {
    env: { ...process.env, ISSUER: issuer(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
      for (const listener of listeners) listener();
    });
  }
  return {
    /** Waits for output that matches, and returns its first group. */
    said: (pattern: RegExp): Promise<string> =>
      new Promise((found, failed) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match !== null) found(match[1] ?? match[0]);
        };
        listeners.add(look);
        child.once('close', (code) => {
          if (code !== 0) failed(new Error(`${program} ended with ${code}: ${output}`));
        });
        look();
      }),
  };
}

describe('examples/oauth', () => {
  it('native.mjs signs a user in with DPoP and renews the tokens', async () => {
    const person = await newPerson('Radia Perlman');
    const example = run('native.mjs');
    const callback = await agreed(newAgent(), await example.said(/Open (\S+)/), person);
    await fetch(callback);
    expect(await example.said(/Signed in as .*/)).toBe('Signed in as Radia Perlman (dpop)');
    await example.said(/Renewed/);
  });

  it('server.mjs signs a user in, and out when the user signs out elsewhere', async () => {
    const person = await newPerson();
    const port = String(await freePort());
    const example = run('server.mjs', { PORT: port });
    await example.said(/Open/);
    const origin = `http://127.0.0.1:${port}`;
    const browser = new UserAgent(origin);
    const agent = newAgent();
    const login = await browser.fetch('/login');
    await browser.go(await agreed(agent, login.headers.get('location') ?? '', person));
    expect(await example.said(/Signed in as (.*)/)).toBe(person.email);
    const account = await agent.open('/account');
    await agent.press(account, 'Sign out');
    await example.said(/Signed out/);
  });

  it('device.mjs signs a user in who confirms in a browser', async () => {
    const person = await newPerson('Karen Spärck Jones');
    const example = run('device.mjs');
    const link = await example.said(/or open (\S+)/);
    const confirmed = await agree(newAgent(), link, person);
    expect(confirmed).toBeInstanceOf(Page);
    expect(await example.said(/Signed in as (.*)/)).toBe('Karen Spärck Jones');
  });

  it('spa/ signs a user in, renews the tokens and signs out in Chromium', async () => {
    const path = chromiumPath();
    if (path === undefined) {
      expect(process.env['REQUIRE_BACKENDS']).toBeUndefined();
      return;
    }
    const person = await newPerson();
    const port = String(await freePort());
    await run('spa/serve.mjs', { PORT: port }).said(/Open/);
    const browser = await launchChromium(path);
    const page = await browser.newPage();
    await page.goto(`http://localhost:${port}/`);
    await page.getByText('Nobody is signed in').waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Email').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText(`Signed in as ${person.email}`).waitFor();
    const renewed = page.waitForResponse(
      (response) => response.url().endsWith('/oauth2/userinfo') && response.ok(),
    );
    await page.getByRole('button', { name: 'Renew' }).click();
    await renewed;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Nobody is signed in').waitFor();
    await browser.close();
  });
});
