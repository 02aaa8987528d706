import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { watchEnvironment } from '../../../../client/src/common/platform.ts';

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
}

describe('watchEnvironment in a browser', () => {
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
    const calls: string[] = [];
    const stop = watchEnvironment({
      retry: () => calls.push('retry'),
      probe: () => calls.push('probe'),
    });
    const dispatch = (target: EventTarget, type: string): string[] => {
      calls.length = 0;
      target.dispatchEvent(new Event(type));
      return [...calls];
    };
    return { stop, dispatch };
  }

  it('retries when the network comes back, probes when it goes, and does both when the tab is visible again', () => {
    const { stop, dispatch } = watched();
    expect(dispatch(window, 'online')).toEqual(['retry', 'probe']);
    expect(dispatch(window, 'offline')).toEqual(['probe']);
    expect(dispatch(page, 'visibilitychange')).toEqual(['retry', 'probe']);
    page.visibilityState = 'hidden';
    expect(dispatch(page, 'visibilitychange')).toEqual([]);
    stop();
  });

  it('calls nobody after its end', () => {
    const { stop, dispatch } = watched();
    stop();
    expect(dispatch(window, 'online')).toEqual([]);
    expect(dispatch(page, 'visibilitychange')).toEqual([]);
  });
});

describe('watchEnvironment without a page', () => {
  it('does nothing', () => {
    watchEnvironment({ retry: vi.fn<() => void>(), probe: vi.fn<() => void>() })();
  });
});
