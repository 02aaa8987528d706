import { configurationOf, Daemon } from './daemon.ts';
import { describeForwardAuth } from './forward-auth.ts';

/** Caddy stores nothing and asks no authority for a certificate. */
const OPTIONS = '{\n\tadmin off\n\tauto_https off\n}\n';

describeForwardAuth({
  program: 'caddy',
  start: (program, { port, sallyport, upstream, query }) =>
    Daemon.start({
      program,
      args: () => ['run', '--config', 'Caddyfile'],
      port,
      files: () => ({
        Caddyfile:
          OPTIONS +
          configurationOf('docs/forward-auth.md', 'Caddyfile', {
            'api.example.com {': `http://127.0.0.1:${port} {`,
            'https://id.example.com': sallyport,
            '/auth/forward?': `/auth/forward${query === '' ? '?' : query}`,
            '127.0.0.1:8080': upstream,
          }),
      }),
    }),
});
