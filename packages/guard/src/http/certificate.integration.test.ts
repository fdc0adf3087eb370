import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { certificate } from '../../test/certificates.ts';
import {
  atEnd,
  deadService,
  guardBetween,
  jsonService,
  simHost,
  until,
} from '../../test/fixtures.ts';
import { CertificateFiles } from './certificate.ts';

const LOOK_MS = 10_000;

describe('the certificate in front', () => {
  it('is renewed while the guard runs, without an end to any connection', async () => {
    const [first, second] = [await certificate('first.test'), await certificate('second.test')];
    const host = simHost();
    const legacy = await jsonService((path) => ({ path }));
    const guard = await guardBetween(legacy, await deadService(), { tls: first, system: host });
    const open = async () => {
      const ends = { port: guard.port, host: '127.0.0.1', rejectUnauthorized: false };
      const socket = connect({ ...ends, ALPNProtocols: ['http/1.1'] });
      atEnd(() => socket.destroy());
      await once(socket, 'secureConnect');
      return socket;
    };
    const nameOf = (socket: Awaited<ReturnType<typeof open>>) =>
      socket.getPeerCertificate().subject.CN;
    const kept = await open();
    expect(nameOf(kept)).toBe('first.test');

    // One file at a time, as it happens: the pair does not fit until both are there.
    copyFileSync(second.cert, first.cert);
    await host.clock.advance(LOOK_MS);
    expect(nameOf(await open())).toBe('first.test');
    copyFileSync(second.key, first.key);
    await host.clock.advance(LOOK_MS);
    expect(nameOf(await open())).toBe('second.test');

    let answered = '';
    kept.on('data', (chunk) => {
      answered += String(chunk);
    });
    kept.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => answered.includes('{"path":"/x"}'), 'the connection goes on');
    // What is awaited at the end of this test is awaited by this clock.
    void guard.stop({ withinMs: 0 });
    await host.clock.advance(LOOK_MS);
  });

  it('that is not one is refused at the start, and nothing is left open', async () => {
    const [one, other] = [await certificate(), await certificate()];
    const [legacy, dead] = [await jsonService(() => ({})), await deadService()];
    const refusal = async (tls: object) =>
      guardBetween(legacy, dead, { tls: { ...one, ...tls } }).catch((error: unknown) => error);
    const broken = `${one.cert}.broken`;
    writeFileSync(broken, 'no certificate');
    for (const tls of [{ cert: `${one.cert}.none` }, { cert: broken }, { key: other.key }]) {
      expect(await refusal(tls)).toMatchObject({ code: 'FW_GUARD_TLS', exitCode: 2 });
    }
  });

  it('says why new files cannot be taken, until they can', async () => {
    const [one, other] = [await certificate(), await certificate()];
    const warned: string[] = [];
    const files = new CertificateFiles(one, { ...simHost(), warn: (words) => warned.push(words) });
    copyFileSync(other.key, one.key);
    for (let i = 0; i < 3; i += 1) files.look(() => {});
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain(one.cert);
    copyFileSync(other.cert, one.cert);
    let taken = 0;
    for (let i = 0; i < 3; i += 1) files.look(() => (taken += 1));
    expect([taken, files.problem]).toEqual([1, null]);
  });
});
