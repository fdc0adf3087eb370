import type { Policy } from '@falsework/core/policy';
import { formatList } from '@falsework/core/text';
import type { GrpcMethodSettings, GrpcSettings, GuardSettings } from '../settings.ts';
import { durationText, rateText, sizeText } from '../units/index.ts';

/** A setting by its place, and what is in force there. */
interface GrpcRow {
  readonly at: readonly string[];
  readonly value: string;
  readonly elseAt?: readonly string[];
}

const NONE = '(none)';

/** What a guard knows of gRPC, a row for each setting; none where neither side speaks it. */
export function grpcRows({ grpc, ...guard }: GuardSettings, policy: Policy): readonly GrpcRow[] {
  if (grpc === null) return [];
  const methods = Object.entries(grpc.methods);
  return [
    ...ownRows(grpc).map(([name, value]) => ({ at: ['guard', 'grpc', name], value })),
    ...methods.flatMap(([name, method]) =>
      methodRows(['guard', 'grpc', 'methods', name], method, { guard, policy }),
    ),
  ];
}

function ownRows(grpc: GrpcSettings): readonly (readonly [string, string])[] {
  return [
    ['descriptors', grpc.descriptors ?? NONE],
    ['reflection', String(grpc.reflection)],
    ['ignoredTrailers', listText(grpc.ignoredTrailers)],
    ['maxMessage', sizeText(grpc.maxMessageBytes)],
    ['timeout', grpc.timeoutMsMax === null ? '(any)' : durationText(grpc.timeoutMsMax)],
    ['stream', grpc.stream],
    ['ignoresUnknown', String(grpc.ignoresUnknown)],
  ];
}

function methodRows(
  at: readonly string[],
  method: GrpcMethodSettings,
  { guard, policy }: { guard: Omit<GuardSettings, 'grpc'>; policy: Policy },
): readonly GrpcRow[] {
  const { shadow } = policy;
  const critical = method.critical === true ? 'every mismatch' : listText(method.critical);
  const carries = method.shadowsCarryCredentials ?? guard.shadowsCarryCredentials;
  const rules = method.compare.map(({ rule, path }) => `${rule} ${path}`);
  return [
    { at: [...at, 'effects'], value: method.effects ?? '(as its descriptor says)' },
    { at: [...at, 'compare'], value: listText(rules) },
    { at: [...at, 'redact'], value: listText(method.redact) },
    { at: [...at, 'critical'], value: critical },
    {
      at: [...at, 'shadowsCarryCredentials'],
      value: String(carries),
      elseAt: ['guard', 'shadowsCarryCredentials'],
    },
    {
      at: [...at, 'sample'],
      value: rateText(method.sample ?? shadow.sample),
      elseAt: ['policy', 'shadow', 'sample'],
    },
    {
      at: [...at, 'timeout'],
      value: durationText(method.timeoutMs ?? shadow.timeoutMs),
      elseAt: ['policy', 'shadow', 'timeout'],
    },
  ];
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? NONE : formatList(items, 10);
}
