import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Administered, createClient, PUBLIC } from '../support/node/administered.ts';
import { freePort } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';
import { post } from '../support/node/oauth-requests.ts';
import { issuer } from '../support/node/provider.ts';
import { SignedIn } from '../support/node/signed-in.ts';
import { configurationOf, Daemon, findProgram } from './daemon.ts';
import { Upstream } from './upstream.ts';

const PAGE = 'docs/servers.md';

/** Who reads the mail. An administrator's Dovecot starts its processes as the users of its package. */
const MAIL_USER =
  userInfo().uid === 0 ? 'uid=nobody gid=nogroup' : `uid=${userInfo().uid} gid=${userInfo().gid}`;
const OWN_USERS = `
default_internal_user = ${userInfo().username}
default_login_user = ${userInfo().username}`;

/** What Debian's own files authenticate besides the authentication, in a folder of its own. */
const around = (folder: string, port: number) => `
protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/run
log_path = ${folder}/mail.log
ssl = no
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%u
${userInfo().uid === 0 ? '' : OWN_USERS}
# Each refusal would make the next answer wait longer.
auth_failure_delay = 0
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
userdb {
  driver = static
  args = ${MAIL_USER} home=${folder}/mail/%u
}
`;

/** The lines that Dovecot answers to `lines`, up to the one that begins with `z `. */
function imap(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((answered, failed) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.once('error', failed);
    socket.once('close', () => answered(answer));
    const left = [...lines, 'z LOGOUT'];
    createInterface(socket).on('line', (line) => {
      answer += `${line}\n`;
      if (line.startsWith('* ') && !line.startsWith('* OK')) return;
      // A refusal comes after the client has acknowledged its reason (RFC 7628 §3.2.3).
      const next = line.startsWith('+ ') ? 'AQ==' : left.shift();
      if (next !== undefined) socket.write(`${next}\r\n`);
    });
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const oauthBearer = (user: string, token: string) =>
  `a AUTHENTICATE OAUTHBEARER ${base64(`n,a=${user},\u0001auth=Bearer ${token}\u0001\u0001`)}`;
const xoauth2 = (user: string, token: string) =>
  `a AUTHENTICATE XOAUTH2 ${base64(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`)}`;
const MECHANISMS = [
  ['OAUTHBEARER', oauthBearer],
  ['XOAUTH2', xoauth2],
] as const;

const program = existsSync('/usr/lib/dovecot/imap') ? findProgram('dovecot') : undefined;
if (program === undefined) notRun('Dovecot with IMAP, which is not installed');
else describeDovecot(program);

/** The page's own condition. No account of the running instance has a verified address. */
const VERIFIED = 'active_attribute = email_verified';

/** Starts Dovecot with an introspection endpoint at `server`, and returns its port. */
async function start(path: string, server: string, condition: string): Promise<[Daemon, number]> {
  const port = await freePort();
  const introspection = server.replace('http://', `http://${await aResourceServer()}@`);
  const daemon = await Daemon.start({
    program: path,
    args: (folder) => ['-F', '-c', `${folder}/dovecot.conf`],
    port,
    files: (folder) => ({
      'dovecot.conf':
        around(folder, port) + configurationOf(PAGE, 'dovecot.conf', { '/etc/dovecot': folder }),
      'dovecot-oauth2.conf.ext': configurationOf(PAGE, 'dovecot-oauth2.conf.ext', {
        'https://client-id:client-secret@id.example.com': introspection,
        'https://id.example.com': issuer(),
        [VERIFIED]: condition,
      }),
    }),
    prepare: async (folder) => {
      await chmod(folder, 0o755);
      await mkdir(`${folder}/mail`);
      await chmod(`${folder}/mail`, 0o777);
    },
  });
  return [daemon, port];
}

/** The id and the secret of a client that may introspect, as user information of a URL. */
async function aResourceServer(): Promise<string> {
  const metadata = { grant_types: ['client_credentials'], redirect_uris: [] };
  const { clientId, clientSecret = '' } = await createClient(metadata);
  return `${clientId}:${clientSecret}`;
}

function describeDovecot(path: string): void {
  describe('Dovecot, as docs/servers.md configures it', () => {
    const daemons: Daemon[] = [];
    let user: SignedIn;
    let mailProgram: Administered;
    let port: number;

    const started = async (server: string, condition: string): Promise<number> => {
      const [daemon, at] = await start(path, server, condition);
      daemons.push(daemon);
      return at;
    };

    beforeAll(async () => {
      mailProgram = await createClient(PUBLIC);
      user = await SignedIn.create();
      port = await started(issuer(), 'active_attribute = active');
    });
    afterAll(async () => {
      for (const daemon of daemons) await daemon[Symbol.asyncDispose]();
    });

    const tokenFor = async (scope: string) =>
      (await user.tokens(mailProgram, { scope })).access_token;

    it.each(MECHANISMS)(
      'opens the mailbox of whom the token is, by %s',
      async (_, authenticate) => {
        const token = await tokenFor('openid email');
        const answer = await imap(port, [authenticate(user.person.email, token), 'b SELECT INBOX']);
        expect(answer).toMatch(/^a OK /m);
        expect(answer).toMatch(/^b OK /m);
      },
    );

    it.each(MECHANISMS)(
      'refuses by %s what is no token for that mailbox',
      async (_, authenticate) => {
        const revoked = await tokenFor('openid email');
        await post('/oauth2/revoke', { client_id: mailProgram.clientId, token: revoked });
        for (const [email, token] of [
          ['somebody-else@example.com', await tokenFor('openid email')],
          [user.person.email, await tokenFor('openid')],
          [user.person.email, revoked],
          [user.person.email, 'a.b.c'],
        ] as const) {
          const answer = await imap(port, [authenticate(email, token)]);
          expect(answer).toMatch(/^a NO /m);
        }
      },
    );

    it('tells a mail program where to get a token (RFC 7628 §3.2.2)', async () => {
      const answer = await imap(port, [oauthBearer(user.person.email, 'a.b.c')]);
      const challenge = /^\+ (\S+)$/m.exec(answer)?.[1] ?? '';
      expect(JSON.parse(Buffer.from(challenge, 'base64').toString())).toEqual({
        status: 'invalid_token',
        'openid-configuration': `${issuer()}/.well-known/openid-configuration`,
      });
    });

    it('lets nobody in by an address that is not verified, and others by theirs', async () => {
      const email = user.person.email;
      const authenticate = oauthBearer(email, await tokenFor('openid email'));
      expect(await imap(await started(issuer(), VERIFIED), [authenticate])).toMatch(/^a NO /m);
      await using verifies = await Upstream.listen();
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ active: true, email, email_verified: true });
      verifies.answer = { status: 200, headers, body };
      const answer = await imap(await started(`http://${verifies.host}`, VERIFIED), [authenticate]);
      expect(answer).toMatch(/^a OK /m);
    });
  });
}
