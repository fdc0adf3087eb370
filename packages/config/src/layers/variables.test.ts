import { describe, expect, it } from 'vitest';
import { ENVIRONMENT_SETTINGS, ignoredVariables, isSecret, readVariable } from './variables.ts';

describe('readVariable', () => {
  it('takes an empty variable for one that is not set', () => {
    expect(readVariable({ FALSEWORK_STORE: '' }, 'FALSEWORK_STORE')).toBeUndefined();
    expect(readVariable({ FALSEWORK_STORE: 'a.db' }, 'FALSEWORK_STORE')).toBe('a.db');
    expect(readVariable({}, 'FALSEWORK_STORE')).toBeUndefined();
  });

  it('overlooks the port that Kubernetes injects beside a service called falsework', () => {
    expect(readVariable({ FALSEWORK_PORT: 'tcp://10.0.0.7:80' }, 'FALSEWORK_PORT')).toBeUndefined();
    expect(readVariable({ MY_PORT: 'tcp://10.0.0.7:80' }, 'MY_PORT')).toBe('tcp://10.0.0.7:80');
  });

  it('answers nothing from a prototype', () => {
    expect(readVariable({}, 'constructor')).toBeUndefined();
    expect(readVariable({}, '__proto__')).toBeUndefined();
  });
});

describe('ENVIRONMENT_SETTINGS', () => {
  it('is the documented mapping', () => {
    const rows = ENVIRONMENT_SETTINGS.map(({ variable, path, isSecret: secret }) =>
      [variable, path.join('.'), ...(secret ? ['secret'] : [])].join(' '),
    );
    expect(rows).toMatchInlineSnapshot(`
      [
        "FALSEWORK_LEGACY guard.legacy",
        "FALSEWORK_CANDIDATE guard.candidate",
        "FALSEWORK_HOST guard.host",
        "FALSEWORK_PORT guard.port",
        "FALSEWORK_DATA_FROM data.from secret",
        "FALSEWORK_DATA_TO data.to secret",
        "FALSEWORK_CONTROL_URL control.url",
        "FALSEWORK_CONTROL_HOST control.host",
        "FALSEWORK_CONTROL_PORT control.port",
        "FALSEWORK_STORE control.store secret",
        "FALSEWORK_TOKEN control.token secret",
      ]
    `);
  });

  it('knows its secrets by their path', () => {
    expect(isSecret(['control', 'token'])).toBe(true);
    expect(isSecret(['control', 'url'])).toBe(false);
    expect(isSecret([])).toBe(false);
  });
});

describe('ignoredVariables', () => {
  it('names a mistyped variable and what may have been meant', () => {
    const env = { FALSEWORK_CONTORL_URL: 'http://c', FALSEWORK_TOKEN: 'x', HOME: '/root' };
    expect(ignoredVariables(env)).toEqual([
      { variable: 'FALSEWORK_CONTORL_URL', nearest: 'FALSEWORK_CONTROL_URL' },
    ]);
  });

  it('says nothing of those that Kubernetes adds without asking', () => {
    const env = {
      FALSEWORK_SERVICE_HOST: '10.0.0.7',
      FALSEWORK_SERVICE_PORT: '80',
      FALSEWORK_SERVICE_PORT_HTTP: '80',
      FALSEWORK_PORT_80_TCP: 'tcp://10.0.0.7:80',
      FALSEWORK_PORT_80_TCP_ADDR: '10.0.0.7',
      FALSEWORK_PORT: 'tcp://10.0.0.7:80',
      FALSEWORK_CONFIG: 'a.yaml',
    };
    expect(ignoredVariables(env)).toEqual([]);
  });

  it('suggests nothing where nothing is near', () => {
    expect(ignoredVariables({ FALSEWORK_COLOUR_OF_THE_SKY: 'blue' })).toEqual([
      { variable: 'FALSEWORK_COLOUR_OF_THE_SKY', nearest: null },
    ]);
  });
});
