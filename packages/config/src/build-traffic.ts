import { resolve } from 'node:path';
import type { GuardSection } from './schema/guard-schema.ts';
import type { SideSection } from './schema/traffic-schema.ts';
import type { SideSettings, TrafficSettings } from './settings.ts';

/** What callers and sides may do; files are found from the folder of the configuration. */
export function toTraffic(section: GuardSection, directory: string): TrafficSettings {
  const { tls, limits, sides } = section;
  const { head, body, answerTimeout, connections } = limits;
  const from = (file: string): string => resolve(directory, file);
  return {
    tls: tls === undefined ? null : { ...tls, cert: from(tls.cert), key: from(tls.key) },
    limits: {
      headBytesMax: head,
      bodyBytesMax: body ?? null,
      headTimeoutMs: limits.headTimeout,
      bodyTimeoutMs: limits.bodyTimeout,
      idleTimeoutMs: limits.idleTimeout,
      answerTimeoutMs: answerTimeout ?? null,
      totalTimeoutMs: limits.totalTimeout ?? null,
      connectionsMax: connections ?? null,
    },
    sides: { legacy: toSide(sides.legacy, from), candidate: toSide(sides.candidate, from) },
    forwarded: section.forwarded,
    shadowsCarryCredentials: section.shadowsCarryCredentials,
  };
}

function toSide(section: SideSection, from: (file: string) => string): SideSettings {
  const { ca, verify, headers, requests, shadows } = section;
  return {
    ca: ca === undefined ? null : from(ca),
    verify,
    ...(headers === undefined ? {} : { headers: withoutUndefined(headers) }),
    requestsMax: requests ?? null,
    shadowsMax: shadows,
  };
}

function withoutUndefined<Value>(
  record: Readonly<Record<string, Value | undefined>>,
): Record<string, Value> {
  const entries = Object.entries(record).filter(
    (entry): entry is [string, Value] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
