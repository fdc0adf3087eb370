import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Look } from './status-feed.ts';
import { streamStatus } from './status-stream.ts';

/** As much of a response as a stream needs: it remembers what was written. */
class WrittenResponse extends EventEmitter {
  text = '';
  writableLength = 0;
  isEnded = false;
  isDestroyed = false;
  writeHead(): this {
    return this;
  }
  write(text: string): boolean {
    this.text += text;
    return true;
  }
  end(text = ''): this {
    this.text += text;
    this.isEnded = true;
    this.emit('close');
    return this;
  }
  destroy(): this {
    this.isDestroyed = true;
    this.emit('close');
    return this;
  }
}

const streaming = (expiresAt: number | null) => {
  const response = new WrittenResponse();
  const world: { take: (look: Look) => void; isListening: boolean } = {
    take: () => {},
    isListening: true,
  };
  streamStatus(response as unknown as ServerResponse, expiresAt, (take) => {
    world.take = take;
    return () => {
      world.isListening = false;
    };
  });
  return { response, world };
};

describe('the stream to a console', () => {
  it('says what changed, and that nothing did', () => {
    const { response, world } = streaming(null);
    world.take({ at: 1, text: '["a"]' });
    world.take({ at: 2, text: null });
    expect(response.text).toBe(
      'event: status\ndata: {"at":1,"shown":["a"]}\n\nevent: alive\ndata: {"at":2,"shown":{}}\n\n',
    );
  });

  it('ends with the session that it rests on, and says so', () => {
    const { response, world } = streaming(10);
    world.take({ at: 9, text: null });
    expect(response.isEnded).toBe(false);
    world.take({ at: 10, text: '["secret"]' });
    expect(response.isEnded).toBe(true);
    expect(response.text).toMatch(/event: over/);
    expect(response.text).not.toContain('secret');
    expect(world.isListening).toBe(false);
  });

  it('lets go of whoever does not read, rather than keep it for them', () => {
    const { response, world } = streaming(null);
    response.writableLength = 17 * 1024 * 1024;
    world.take({ at: 1, text: '["a"]' });
    expect(response.isDestroyed).toBe(true);
    expect(world.isListening).toBe(false);
  });
});
