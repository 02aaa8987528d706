import { configurationOf, Daemon } from './daemon.ts';
import { describeForwardAuth } from './forward-auth.ts';

const PAGE = 'docs/forward-auth.md';

describeForwardAuth({
  program: 'haproxy',
  start: (program, { port, sallyport, upstream, query }) =>
    Daemon.start({
      program,
      args: () => ['-db', '-f', 'haproxy.cfg'],
      port,
      files: () => ({
        'haproxy.cfg': configurationOf(PAGE, 'haproxy.cfg', {
          'bind :80': `bind 127.0.0.1:${port}`,
          '127.0.0.1:8080': upstream,
        }),
        'sallyport.lua': configurationOf(PAGE, 'sallyport.lua', {
          'https://id.example.com/auth/forward': `${sallyport}/auth/forward${query}`,
        }),
      }),
    }),
});
