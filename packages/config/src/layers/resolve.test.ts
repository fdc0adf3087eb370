import { describe, expect, it } from 'vitest';
import { env, list } from '../references.ts';
import { Layers } from './layers.ts';
import { drawLists, drawVariables, layVariables } from './resolve.ts';
import type { Settings } from './tree.ts';

function laid(settings: object): Layers {
  const layers = new Layers();
  layers.lay(settings as Settings, { layer: 'file', from: 'f' });
  return layers;
}

describe('layVariables', () => {
  it('lays variables over the file', () => {
    const layers = laid({ control: { port: 1 } });
    layVariables(layers, { FALSEWORK_CONTROL_PORT: '2', FALSEWORK_STORE: 'x.db' }, {});
    expect(layers.tree).toEqual({ control: { port: '2', store: 'x.db' } });
    expect(layers.originOf(['control', 'port'])).toEqual({
      layer: 'variable',
      from: 'FALSEWORK_CONTROL_PORT',
    });
  });

  it('makes the section that the file left out', () => {
    const layers = laid({});
    layVariables(layers, { FALSEWORK_CONTROL_URL: 'http://c' }, {});
    expect(layers.tree).toEqual({ control: { url: 'http://c' } });
  });

  it('does not give a migration without a guard half of one', () => {
    const layers = laid({});
    layVariables(layers, { FALSEWORK_PORT: '9000', FALSEWORK_HOST: '::' }, {});
    expect(layers.tree).toEqual({});
  });

  it.each([
    ['the file', { guard: {} }, {}, {}],
    ['a flag', {}, {}, { guard: { legacy: 'http://l' } }],
    ['a variable', {}, { FALSEWORK_LEGACY: 'http://l' }, {}],
  ])('sets the port of a guard that %s speaks of', (_, settings, variables, flags) => {
    const layers = laid(settings);
    layVariables(layers, { ...variables, FALSEWORK_PORT: '9000' }, flags);
    expect(layers.valueAt(['guard', 'port'])).toBe('9000');
  });
});

describe('drawVariables', () => {
  it('puts the value where the reference stands', () => {
    const layers = laid({ guard: { legacy: env('LEGACY_URL') } });
    expect(drawVariables(layers, { LEGACY_URL: 'http://l' })).toEqual([]);
    expect(layers.tree).toEqual({ guard: { legacy: 'http://l' } });
    expect(layers.originOf(['guard', 'legacy'])).toEqual({ layer: 'variable', from: 'LEGACY_URL' });
  });

  it.each([[{}], [{ LEGACY_URL: '' }]])(
    'names a variable that is missing or empty: %j',
    (variables) => {
      const layers = laid({ guard: { legacy: env('LEGACY_URL') } });
      const [missing] = drawVariables(layers, variables);
      expect(missing).toMatchObject({ code: 'FW_CONFIG_VARIABLE_MISSING', path: 'guard.legacy' });
      expect(missing?.message).toContain('LEGACY_URL');
      expect(layers.isUnresolved(['guard', 'legacy'])).toBe(true);
    },
  );

  it('does not look up what a later layer has replaced', () => {
    const layers = laid({ guard: { legacy: env('LEGACY_URL') } });
    layers.lay({ guard: { legacy: 'http://flag' } }, { layer: 'flag', from: null });
    expect(drawVariables(layers, {})).toEqual([]);
  });

  it.each([
    [{ from: 'env' }],
    [{ from: 'env', name: 7 }],
    [{ from: 'env', name: '' }],
    [{ from: 'env', name: 'X', extra: 1 }],
    [{ from: 'environment', name: 'X' }],
  ])('leaves %j to the schema, which refuses it', (reference) => {
    const layers = laid({ guard: { legacy: reference } });
    expect(drawVariables(layers, { X: 'http://l' })).toEqual([]);
    expect(layers.valueAt(['guard', 'legacy'])).toEqual(reference);
  });
});

describe('drawLists', () => {
  it('puts the keys where the list stands, and leaves keys written out alone', () => {
    const layers = laid({ cohorts: { internal: list('a.txt'), beta: ['k'] } });
    const asked: string[] = [];
    const problems = drawLists(layers, (file) => {
      asked.push(file);
      return { keys: ['x', 'y'] };
    });
    expect(problems).toEqual([]);
    expect(asked).toEqual(['a.txt']);
    expect(layers.tree).toEqual({ cohorts: { internal: ['x', 'y'], beta: ['k'] } });
    expect(layers.originOf(['cohorts', 'internal'])).toEqual({ layer: 'file', from: 'a.txt' });
  });

  it('reports a file that cannot be used, with its reason', () => {
    const layers = laid({ cohorts: { internal: list('a.txt') } });
    const [refused] = drawLists(layers, () => ({
      expected: 'a readable list file, but it is a folder',
    }));
    expect(refused).toMatchObject({ code: 'FW_CONFIG_LIST', path: 'cohorts.internal' });
    expect(refused?.message).toContain('it is a folder');
    expect(layers.isUnresolved(['cohorts', 'internal'])).toBe(true);
  });

  it('asks for nothing when there are no cohorts, or something else in their place', () => {
    const never = (): never => expect.unreachable('no list was named');
    expect(drawLists(laid({}), never)).toEqual([]);
    expect(drawLists(laid({ cohorts: 5 }), never)).toEqual([]);
    expect(drawLists(laid({ cohorts: { a: { from: 'list', file: 5 } } }), never)).toEqual([]);
  });
});
