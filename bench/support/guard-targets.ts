// What the bench named guard calls in turn: the guard, twice, and those that it is measured
// against.
import type { GuardReport } from '@falsework/guard';
import { type Child, start } from './child.ts';
import { freePort } from './free-port.ts';
import type { Peer } from './peer-process.ts';
import { find, pin, startServer } from './programs.ts';
import { haproxy, mirrorServer, nginx, originServer, proxyServer } from './proxy-settings.ts';

/** Where the one that is measured runs, and where everybody else does. */
export const MEASURED = 0;
export const OTHERS = 1;

export const UNSAMPLED = 'guard, unsampled';
export const COMPARING = 'guard, comparing 100 %';
export const NGINX = 'nginx proxy_pass';
export const MIRROR = 'nginx mirror';
export const NODE_PEERS: readonly Peer[] = ['@fastify/http-proxy', 'http-proxy-3', 'fast-proxy'];

/** Somebody who takes calls on a port. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Only of a guard. */
  readonly report: (() => Promise<GuardReport>) | null;
}

// All callers of one round may wait for their shadows at the same time, and none is to be shed:
// nginx sends its copy of every request too.
const EVERY_REQUEST = { sample: 1, concurrency: 64, timeoutMs: 5_000, queueMax: 10_000 };

/** What is there to be measured, all of it running. What is not installed is not among it. */
export async function startTargets(): Promise<Target[]> {
  const legacy = await startOrigin(OTHERS);
  const candidate = await startOrigin(OTHERS);
  const direct = await startOrigin(MEASURED);
  const targets: Target[] = [
    await startGuard(UNSAMPLED, { legacy, candidate, shadow: { sample: 0 } }),
    await startGuard(COMPARING, { legacy, candidate, shadow: EVERY_REQUEST }),
  ];
  for (const name of NODE_PEERS) {
    const peer = await start<{ port: number }>('peer-process.ts', name, String(legacy.port));
    targets.push(await targetOf(name, peer));
  }
  const program = async (
    name: string,
    path: string,
    settings: (port: number) => string[],
  ): Promise<void> => {
    const port = await freePort();
    targets.push(await pinned(name, port, await startServer(path, settings(port), port)));
  };
  const paths = { nginx: find('nginx'), haproxy: find('haproxy') };
  if (paths.nginx !== null) {
    await program(NGINX, paths.nginx, (port) => nginx(proxyServer(port, legacy.port)));
    await program(MIRROR, paths.nginx, (port) =>
      nginx(mirrorServer(port, legacy.port, candidate.port)),
    );
  }
  if (paths.haproxy !== null) {
    await program('HAProxy', paths.haproxy, (port) => haproxy(port, legacy.port));
  }
  return [...targets, { ...direct, name: 'direct', report: null }];
}

/** nginx answers where it is installed: nothing that is measured here is faster than that. */
async function startOrigin(processor: number): Promise<Pick<Target, 'port' | 'pid'>> {
  const path = find('nginx');
  if (path === null) {
    const { ready, pid } = await start<{ port: number }>('service.ts', 'healthy');
    await pin(pid, processor);
    return { port: ready.port, pid };
  }
  const port = await freePort();
  const pid = await startServer(path, nginx(originServer(port)), port);
  await pin(pid, processor);
  return { port, pid };
}

async function startGuard(
  name: string,
  {
    legacy,
    candidate,
    shadow,
  }: Readonly<Record<'legacy' | 'candidate', Pick<Target, 'port'>>> & { readonly shadow: object },
): Promise<Target> {
  const ports = [legacy.port, candidate.port].map(String);
  const guard = await start<{ port: number }>('guard-process.ts', ...ports);
  await guard.ask({ shadow });
  return { ...(await targetOf(name, guard)), report: () => guard.ask<GuardReport>({}) };
}

function targetOf(name: string, { ready, pid }: Child<{ readonly port: number }>): Promise<Target> {
  return pinned(name, ready.port, pid);
}

async function pinned(name: string, port: number, pid: number): Promise<Target> {
  await pin(pid, MEASURED);
  return { name, port, pid, report: null };
}
