import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { type Token, tokenId } from './auth.ts';
import { Sessions } from './sessions.ts';

const shared: Token = { secret: 'shared-secret-of-16', role: 'operator', name: null };
const ada: Token = { secret: 'ada-secret-of-16-char', role: 'operator', name: 'ada' };
const viewer: Token = { secret: 'viewer-secret-of-16', role: 'viewer', name: null };
const plane: Token = { secret: 'plane-secret-of-16-c', role: 'plane', name: null };
const ALL = [shared, ada, viewer, plane];

/** The header that a browser sends back for the one that it was given. */
const sentBack = (setCookie = ''): string => setCookie.split(';', 1)[0] ?? '';

const opened = (token: Token, name: string | null = 'grace', tokens = ALL) => {
  const clock = new SimClock();
  const sessions = new Sessions(tokens, clock);
  const cookie = sentBack(sessions.open(token, name, false)?.cookie);
  return { clock, sessions, cookie };
};

describe('a session', () => {
  it('says who looks and what they may do, and nothing of it is the cookie’s to say', () => {
    const { sessions, cookie } = opened(viewer);
    expect(sessions.read(cookie)).toMatchObject({ role: 'viewer', name: 'grace' });
    const body = Buffer.from(cookie.split('=')[1]?.split('.')[0] ?? '', 'base64url').toString();
    expect(body).not.toContain('viewer');
    expect(body).not.toContain(viewer.secret);
  });

  it('keeps the name of the token’s owner, whoever is named', () => {
    const { sessions, cookie } = opened(ada, 'grace');
    expect(sessions.read(cookie)?.name).toBe('ada');
  });

  it('is not opened without a name, nor with a plane’s token', () => {
    const { sessions } = opened(shared);
    expect(sessions.open(shared, null, false)).toBeNull();
    expect(sessions.open(plane, 'grace', false)).toBeNull();
  });

  it('is handed over so that no script and no other site can use it', () => {
    const { sessions } = opened(shared);
    const plain = sessions.open(shared, 'grace', false)?.cookie ?? '';
    expect(plain).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(sessions.open(shared, 'grace', true)?.cookie).toMatch(/; Secure$/);
    expect(sessions.closing(false)).toMatch(/=; Max-Age=0;/);
  });

  it('ends by itself', async () => {
    const { clock, sessions, cookie } = opened(shared);
    await clock.advance(12 * 3_600_000 - 1);
    expect(sessions.read(cookie)).not.toBeNull();
    await clock.advance(1);
    expect(sessions.read(cookie)).toBeNull();
  });

  it('outlives a restart, holds on another replica, and ends with its token', () => {
    const { clock, cookie } = opened(ada);
    expect(new Sessions(ALL, clock).read(cookie)).not.toBeNull();
    expect(new Sessions([shared, viewer, plane], clock).read(cookie)).toBeNull();
    const renewed = { ...ada, secret: 'another-secret-of-16' };
    expect(new Sessions([shared, renewed, viewer, plane], clock).read(cookie)).toBeNull();
  });

  it('of two controls on one host does not sign the other out', () => {
    const mine = opened(shared).cookie;
    const others = opened(ada, null, [ada]).cookie;
    expect(mine.split('=')[0]).not.toBe(others.split('=')[0]);
    const { sessions } = opened(shared);
    expect(sessions.read(`${others}; ${mine}`)?.name).toBe('grace');
  });
});

describe('a forged session', () => {
  const { sessions, cookie } = opened(viewer);
  const [name = '', value = ''] = cookie.split('=');
  const [body = '', signature = ''] = value.split('.');
  const claim = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  const encode = (changed: unknown): string =>
    Buffer.from(JSON.stringify(changed)).toString('base64url');
  const other = opened(shared).cookie.split('=')[1]?.split('.') ?? [];

  it.each([
    { title: 'without a signature', forged: body },
    { title: 'with an empty signature', forged: `${body}.` },
    { title: 'with the signature of another session', forged: `${body}.${other[1]}` },
    { title: 'with a signature that is too short', forged: `${body}.${signature.slice(0, 8)}` },
    { title: 'with a part too many', forged: `${value}.x` },
    {
      title: 'of a stronger token',
      forged: `${encode({ ...claim, token: tokenId(shared.secret) })}.${signature}`,
    },
    { title: 'in another name', forged: `${encode({ ...claim, name: 'ada' })}.${signature}` },
    {
      title: 'that never ends',
      forged: `${encode({ ...claim, expiresAt: 1e15 })}.${signature}`,
    },
    { title: 'that is no claim', forged: `${encode([])}.${signature}` },
    { title: 'that is no JSON', forged: `x.${signature}` },
    { title: 'that is nothing', forged: '.' },
  ])('$title is nobody’s', ({ forged }) => {
    expect(sessions.read(`${name}=${value}`)).not.toBeNull();
    expect(sessions.read(`${name}=${forged}`)).toBeNull();
  });

  it('under another name is not looked at', () => {
    expect(sessions.isBrought(`session=${value}`)).toBe(false);
    expect(sessions.read(`session=${value}`)).toBeNull();
  });
});
