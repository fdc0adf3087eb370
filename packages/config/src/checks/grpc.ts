import { type ConfigProblem, problem, quoted } from '../problems.ts';
import { isGrpc, isUnix } from '../schema/addresses.ts';
import type { GrpcSection } from '../schema/grpc-schema.ts';
import type { GuardSection } from '../schema/guard-schema.ts';
import type { Sections } from '../schema/migration-schema.ts';

/** Sides between which a guard can stand, and no setting that would silently change nothing. */
export function checkGrpc({ guard }: Partial<Sections>): ConfigProblem[] {
  if (guard === undefined) return [];
  const names = Object.keys(guard.grpc?.methods ?? {}).flatMap(methodName);
  if (isGrpc(guard.legacy)) return [...names, ...betweenGrpc(guard)];
  if (isGrpc(guard.candidate)) return [...names, ...bridged(guard)];
  if (guard.grpc === undefined) return names;
  const expected = 'left out: neither legacy nor candidate is a grpc:// address';
  return [...names, misplaced(['grpc'], 'given', expected)];
}

/** Legacy speaks gRPC, and so must the candidate. */
function betweenGrpc({ candidate, key, host, routes }: GuardSection): ConfigProblem[] {
  if (!isGrpc(candidate)) {
    const expected = 'a grpc:// address, as that of legacy: gRPC is not bridged to HTTP';
    return [misplaced(['candidate'], quoted(candidate), expected)];
  }
  const [route] = Object.keys(routes);
  return [
    ...(key === undefined || key.from === 'header'
      ? []
      : [misplaced(['key'], `${key.from}('${key.name}')`, "header('…'): the name of metadata")]),
    ...(isUnix(host) ? [misplaced(['host'], host, 'a host name or an IP address')] : []),
    ...(route === undefined
      ? []
      : [misplaced(['routes', route], 'a route of HTTP', 'a method, under guard.grpc.methods')]),
  ];
}

/** A bridge follows annotations, which somebody must have. */
function bridged({ grpc }: GuardSection): ConfigProblem[] {
  if (grpc?.descriptors !== undefined || grpc?.reflection === true) return [];
  const expected = 'the file of a descriptor set, whose annotations say how HTTP becomes gRPC';
  return [misplaced(['grpc', 'descriptors'], 'missing', expected)];
}

const METHOD = /^[A-Za-z_][\w.]{0,253}\/[A-Za-z_]\w{0,127}$/;

function methodName(name: keyof GrpcSection['methods']): ConfigProblem[] {
  if (METHOD.test(name)) return [];
  const said = { found: `named ${quoted(name)}`, expected: 'pkg.Service/Method' };
  return [problem('FW_CONFIG_VALUE', ['guard', 'grpc', 'methods', name], said)];
}

function misplaced(at: readonly string[], found: string, expected: string): ConfigProblem {
  return problem('FW_CONFIG_GRPC', ['guard', ...at], { found, expected });
}
