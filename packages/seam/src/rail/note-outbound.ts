import { currentShadow } from '../run/scope.ts';
import { isTelemetryAtWork } from '../telemetry/call-spans.ts';

/**
 * Tells the present shadow run that something goes out. Nothing is said of what is declared: a read
 * of a collaborator, or a host that the seam may call. True when it was neither. Never throws.
 */
export function noteOutbound(what: string, host: string, port: number | null): boolean {
  const scope = currentShadow();
  if (scope === undefined || scope.isDeclared || scope.run.mayCall(host, port)) return false;
  if (isTelemetryAtWork()) return false;
  const place = port === null ? host : `${host}:${port}`;
  scope.run.undeclared(`called ${place} (${what}), which is not declared`);
  return true;
}
