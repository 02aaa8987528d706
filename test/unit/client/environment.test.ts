import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { watchEnvironment } from '../../../client/src/common/platform.ts';

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
}

describe('in a browser', () => {
  const page = new FakeDocument();
  const window = new EventTarget();
  beforeEach(() => {
    vi.stubGlobal('document', page);
    vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
    vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window));
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function watched() {
    const heard: string[] = [];
    const stop = watchEnvironment({
      hopeful: () => heard.push('hopeful'),
      doubtful: () => heard.push('doubtful'),
    });
    const tell = (target: EventTarget, type: string): string[] => {
      heard.length = 0;
      target.dispatchEvent(new Event(type));
      return [...heard];
    };
    return { stop, tell };
  }

  it('the network’s coming gives hope, its going doubt, and a tab that is looked at again both', () => {
    const { stop, tell } = watched();
    expect(tell(window, 'online')).toEqual(['hopeful', 'doubtful']);
    expect(tell(window, 'offline')).toEqual(['doubtful']);
    expect(tell(page, 'visibilitychange')).toEqual(['hopeful', 'doubtful']);
    page.visibilityState = 'hidden';
    expect(tell(page, 'visibilitychange')).toEqual([]);
    stop();
  });

  it('nothing is heard after the end', () => {
    const { stop, tell } = watched();
    stop();
    expect(tell(window, 'online')).toEqual([]);
    expect(tell(page, 'visibilitychange')).toEqual([]);
  });
});

describe('elsewhere', () => {
  it('there is nothing to hear', () => {
    watchEnvironment({ hopeful: vi.fn<() => void>(), doubtful: vi.fn<() => void>() })();
  });
});
