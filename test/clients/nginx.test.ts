import { configurationOf, Daemon } from './daemon.ts';
import { describeForwardAuth } from './forward-auth.ts';

/** What a configuration file needs around the block of the page, in a folder without other rights. */
const around = (servers: string) => `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
${servers}}
`;

describeForwardAuth({
  program: 'nginx',
  start: (program, { port, sallyport, upstream, query }) =>
    Daemon.start({
      program,
      args: (folder) => ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'],
      port,
      files: () => ({
        'nginx.conf': around(
          configurationOf('docs/forward-auth.md', 'sallyport.conf', {
            'listen 80;': `listen 127.0.0.1:${port};`,
            'id.example.com:443': new URL(sallyport).host,
            'https://sallyport/auth/forward': `http://sallyport/auth/forward${query}`,
            '127.0.0.1:8080': upstream,
          }),
        ),
      }),
    }),
});
