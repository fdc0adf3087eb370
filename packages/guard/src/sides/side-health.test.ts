import { describe, expect, it } from 'vitest';
import { SideHealth } from './side-health.ts';

const well = { because: null, build: 'b1' };
const unwell = { because: 'answered 503', build: null };

function healthAfter(...checks: (typeof well | typeof unwell)[]): ReturnType<SideHealth['report']> {
  const health = new SideHealth('candidate');
  checks.forEach((check, i) => health.note(check, i + 1));
  return health.report();
}

describe('the health of a side', () => {
  it('is not known before it was asked, nor after one or two failures', () => {
    expect(healthAfter()).toBeNull();
    expect(healthAfter(unwell, unwell)).toBeNull();
  });

  it('is well after one answer, with the build that answered', () => {
    expect(healthAfter(unwell, unwell, well)).toEqual({
      side: 'candidate',
      at: 3,
      isHealthy: true,
      build: 'b1',
      because: null,
    });
  });

  it('stays well through one or two failures, and is unwell after three in a row', () => {
    expect(healthAfter(well, unwell, unwell)).toMatchObject({
      isHealthy: true,
      because: null,
      at: 3,
    });
    expect(healthAfter(well, unwell, unwell, unwell)).toMatchObject({
      isHealthy: false,
      because: 'answered 503',
      build: 'b1',
    });
  });

  it('counts failures in a row, not failures', () => {
    expect(healthAfter(well, unwell, unwell, well, unwell, unwell)).toMatchObject({
      isHealthy: true,
    });
  });

  it('is well again after one answer', () => {
    expect(healthAfter(unwell, unwell, unwell, well)).toMatchObject({ isHealthy: true });
  });
});
