import { describe, expect, it } from 'vitest';
import { Layers, type Origin } from './layers.ts';

const FILE: Origin = { layer: 'file', from: 'falsework.config.yaml' };
const FLAG: Origin = { layer: 'flag', from: null };

describe('Layers', () => {
  it('merges sections, and replaces values and lists whole', () => {
    const layers = new Layers();
    layers.lay({ policy: { ramp: [1, 100], burnIn: '1d' }, owner: 'a' }, FILE);
    layers.lay({ policy: { ramp: [100] } }, FLAG);
    expect(layers.tree).toEqual({ policy: { ramp: [100], burnIn: '1d' }, owner: 'a' });
  });

  it('replaces a reference or a key source whole, instead of mixing two into a third', () => {
    const layers = new Layers();
    layers.lay(
      { guard: { key: { from: 'header', name: 'a' }, legacy: { from: 'env', name: 'X' } } },
      FILE,
    );
    layers.lay({ guard: { key: { from: 'path', name: 'b' }, legacy: 'http://l' } }, FLAG);
    expect(layers.tree).toEqual({
      guard: { key: { from: 'path', name: 'b' }, legacy: 'http://l' },
    });
  });

  it('knows of every value, and of every section, the last layer that spoke', () => {
    const layers = new Layers();
    layers.lay({ policy: { soak: '1d', burnIn: '1d' }, owner: 'a' }, FILE);
    layers.lay({ policy: { soak: '2d' } }, FLAG);
    expect(layers.originOf(['policy', 'soak'])).toEqual(FLAG);
    expect(layers.originOf(['policy', 'burnIn'])).toEqual(FILE);
    expect(layers.originOf(['policy'])).toEqual(FLAG);
    expect(layers.originOf(['owner'])).toEqual(FILE);
    expect(layers.originOf(['name'])).toEqual({ layer: 'default', from: null });
  });

  it('lays nothing beneath something that is no section, so that the schema can refuse it', () => {
    const layers = new Layers();
    layers.lay({ guard: 5 }, FILE);
    layers.lay({ guard: { port: 1 } }, FLAG);
    expect(layers.tree).toEqual({ guard: 5 });
  });

  it('does not write into the settings that it was given', () => {
    const written = { policy: { soak: '1d' } };
    const layers = new Layers();
    layers.lay(written, FILE);
    layers.lay({ policy: { soak: '2d' } }, FLAG);
    expect(written).toEqual({ policy: { soak: '1d' } });
  });

  it('describes what it may show, and names the variable that it came from', () => {
    const layers = new Layers();
    layers.lay(
      { guard: { port: 'x', host: 'h' }, control: { token: 'hunter2', store: 's3cret' } },
      FILE,
    );
    layers.put(['guard', 'port'], '80a', { layer: 'variable', from: 'FALSEWORK_PORT' });
    layers.putDrawn(['guard', 'legacy'], 'hunter2', 'LEGACY_URL');
    layers.lay({ cohorts: { internal: ['account-7'] } }, FILE);
    expect(layers.describe(['guard', 'port'])).toBe('"80a" (from FALSEWORK_PORT)');
    expect(layers.describe(['guard', 'host'])).toBe('"h"');
    expect(layers.describe(['guard', 'nothing'])).toBe('missing');
    expect(layers.describe(['guard', 'legacy'])).toBe(
      'a value that is not shown (from LEGACY_URL)',
    );
    expect(layers.describe(['control', 'token'])).toBe('a value that is not shown');
    expect(layers.describe(['control', 'store'])).toBe('a value that is not shown');
    expect(layers.describe(['cohorts', 'internal', 0])).toBe('a value that is not shown');
  });
});
