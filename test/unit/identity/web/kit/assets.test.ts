import { describe, expect, it } from 'vitest';
import { asset } from '../../../../../workers/identity/web/kit/assets.ts';

describe('the name of an asset', () => {
  it('depends on its content, and is the same in every version', () => {
    expect(asset('style', 'css', 'a { color: red }').file).toBe('style-cus184.css');
    expect(asset('icon', 'svg', '<svg>é→</svg>').file).toBe('icon-1ya479m.svg');
  });
});
