import type { StepRequest } from '@falsework/client/contract';
import { describe, expect, it } from 'vitest';
import { commandOf, wordsOf } from './request-plan.ts';

const id = 'a41f000000000000';
const until = Date.parse('2027-03-31T23:59:59.999Z');
const requests: { request: StepRequest; command: string }[] = [
  { request: { type: 'advance', to: null }, command: 'falsework advance --execute' },
  { request: { type: 'advance', to: 'seal' }, command: 'falsework advance --to seal --execute' },
  { request: { type: 'approve', for: 'seal' }, command: 'falsework approve seal --execute' },
  { request: { type: 'resume' }, command: 'falsework hold --resume --execute' },
  {
    request: { type: 'hold', reason: "it's a freeze" },
    command: `falsework hold --reason 'it'\\''s a freeze' --execute`,
  },
  {
    request: { type: 'rollback', to: 'shadow', reason: 'alarm' },
    command: 'falsework rollback shadow --reason alarm --execute',
  },
  {
    request: { type: 'accept', id, owner: 'payments', reason: 'the law', expiresAt: until },
    command: `falsework diffs accept a41f0000 --owner payments --reason 'the law' --until 2027-03-31 --execute`,
  },
  { request: { type: 'reopen', id }, command: 'falsework diffs reopen a41f0000 --execute' },
];

describe('a request', () => {
  it.each(requests)('$request.type is also a command: $command', ({ request, command }) => {
    expect(commandOf(request)).toBe(command);
  });

  it.each(requests)('$request.type has a button that names its effect', ({ request }) => {
    const { confirm } = wordsOf(request);
    expect(confirm).not.toMatch(/^(ok|yes|confirm|are you sure)/i);
    expect(confirm.length).toBeGreaterThan(3);
  });
});
