/**
 * The script of the queue's page, as the browser gets it. It asks with the ticket until there is a
 * grant, and then leaves for the address that the server has checked.
 */
export const QUEUE_SCRIPT = `'use strict';
(() => {
  const find = (id) => document.getElementById(id);
  const { dataset: texts } = find('queue');
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const title = document.title;
  // The ticket is taken out of the address, so that nobody bookmarks or shares it.
  const given = new URLSearchParams(location.hash.slice(1)).get('ticket');
  const ticket = given || (history.state && history.state.ticket);
  history.replaceState({ ticket }, '', location.pathname + location.search);

  let timer;
  let requestedAt = 0;

  const request = (method) =>
    fetch('/queue/request-access', {
      method,
      credentials: 'omit',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ticket }),
    });

  const goOn = (name, value) =>
    location.replace(texts.return + '#' + name + '=' + encodeURIComponent(value));

  // Screen readers read out what has changed, so the same text is not set again.
  const setText = (id, text) => {
    if (find(id).textContent !== text) find(id).textContent = text;
  };

  const eta = (seconds) => {
    const minutes = Math.round(seconds / 60);
    if (seconds === null) return texts.unknown;
    if (minutes < 1) return texts.soon;
    if (minutes === 1) return texts.minute;
    return minutes > 120 ? texts.hours : texts.minutes.replace('{n}', number.format(minutes));
  };

  const show = ({ position, etaSeconds }) => {
    const shown = number.format(position);
    setText('position', texts.position.replace('{n}', shown));
    setText('eta', eta(etaSeconds));
    document.title = '(' + shown + ') ' + title;
  };

  const lose = () => {
    history.replaceState(null, '');
    document.title = title;
    find('queue').hidden = true;
    find('lost').hidden = false;
    find('lost').querySelector('h1').focus();
  };

  // Returns how many seconds to wait, or nothing when the waiting is over.
  const ask = async () => {
    const response = await request('POST');
    if (response.ok) {
      const answer = await response.json();
      if (answer.granted) return goOn('queue_grant', answer.grant);
      find('trouble').hidden = true;
      show(answer);
      return answer.retryAfterSeconds;
    }
    if (response.status < 500 && response.status !== 429) return lose();
    find('trouble').hidden = false;
    return Number(response.headers.get('retry-after')) || 5;
  };

  const askAgain = async () => {
    clearTimeout(timer);
    requestedAt = Date.now();
    const seconds = await ask().catch(() => {
      find('trouble').hidden = false;
      return 5;
    });
    // The random part keeps browsers from asking all at the same moment.
    if (seconds) timer = setTimeout(askAgain, seconds * (1000 + Math.random() * 100));
  };

  if (!ticket) return lose();
  find('leave').addEventListener('click', async () => {
    clearTimeout(timer);
    await request('DELETE').catch(() => undefined);
    goOn('queue_error', 'left');
  });
  // Browsers pause the timers of hidden pages.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && timer && Date.now() - requestedAt > 3000) askAgain();
  });
  askAgain();
})();
`;
