import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { type Look, StatusFeed } from './status-feed.ts';

const EVERY_MS = 1_000;

/** A feed over a value that the test changes, with the looks counted. */
const feeding = () => {
  const clock = new SimClock();
  const failures: unknown[] = [];
  const world = { value: 'a', looks: 0, isFailing: false };
  const feed = new StatusFeed({
    clock,
    everyMs: EVERY_MS,
    read: async () => {
      world.looks += 1;
      if (world.isFailing) throw new Error('the store is away');
      return world.value;
    },
    onFailure: (error) => failures.push(error),
  });
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i += 1) await Promise.resolve();
  };
  const pass = async (): Promise<void> => {
    await clock.advance(EVERY_MS);
    await settle();
  };
  const listen = () => {
    const looks: Look[] = [];
    return { looks, cancel: feed.subscribe((look) => looks.push(look)) };
  };
  return { world, failures, listen, pass, settle };
};

describe('the feed of the consoles', () => {
  it('looks only while somebody watches', async () => {
    const { world, listen, pass, settle } = feeding();
    await pass();
    expect(world.looks).toBe(0);
    const { cancel } = listen();
    await settle();
    await pass();
    expect(world.looks).toBe(2);
    cancel();
    await pass();
    await pass();
    expect(world.looks).toBe(2);
  });

  it('looks once for everybody', async () => {
    const { world, listen, pass, settle } = feeding();
    listen();
    await settle();
    const { looks } = listen();
    expect(looks.map(({ text }) => text)).toEqual(['"a"']);
    await pass();
    expect(world.looks).toBe(2);
  });

  it('says every look, and what it saw only when that has changed', async () => {
    const { world, listen, pass, settle } = feeding();
    const { looks } = listen();
    await settle();
    await pass();
    world.value = 'b';
    await pass();
    expect(looks.map(({ text }) => text)).toEqual(['"a"', null, '"b"']);
  });

  it('is silent about a look that failed, and looks again', async () => {
    const { world, failures, listen, pass, settle } = feeding();
    const { looks } = listen();
    await settle();
    world.isFailing = true;
    await pass();
    await pass();
    expect(looks).toHaveLength(1);
    expect(failures).toHaveLength(2);
    world.isFailing = false;
    await pass();
    expect(looks).toHaveLength(2);
  });

  it('begins anew after the last has gone and another comes, also in the middle of a look', async () => {
    const { world, listen, pass, settle } = feeding();
    listen().cancel();
    const { looks } = listen();
    await settle();
    expect(looks.map(({ text }) => text)).toEqual(['"a"']);
    await pass();
    expect(world.looks).toBe(3);
    expect(looks).toHaveLength(2);
  });
});
