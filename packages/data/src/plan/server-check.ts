import { type FalseworkError, fault } from '@falsework/core/errors';
import type { CaptureKind } from '../capture/registry.ts';
import type { Catalogue, Server, Table, TablePrivilege } from '../catalogue/catalogue.ts';
import type { StoreCatalogues } from './resolve-plan.ts';

const OLDEST = 14;

/** What is wrong with the servers themselves, or with what the role may do there. */
export function serverRefusals(
  labels: {
    readonly legacy: { readonly label: string };
    readonly candidate: { readonly label: string };
  },
  { legacy, candidate }: StoreCatalogues,
  capture: CaptureKind,
): FalseworkError[] {
  const refused: FalseworkError[] = [];
  const say = (database: string, because: string | null): void => {
    if (because !== null) refused.push(fault('FW_DATA_SERVER', { database, because }));
  };
  for (const [side, catalogue] of [
    ['legacy', legacy],
    ['candidate', candidate],
  ] as const) {
    const { label } = labels[side];
    say(label, unfit(catalogue.server));
    for (const because of missingPrivileges(
      catalogue,
      side === 'legacy' ? fromLegacy(capture) : WRITTEN,
    )) {
      say(label, because);
    }
  }
  const { server } = legacy;
  if (capture === 'logical' && server.walLevel !== 'logical') {
    say(labels.legacy.label, `wal_level is ${server.walLevel}, and reading the log needs logical`);
  }
  if (capture === 'logical' && !server.mayReplicate) {
    say(labels.legacy.label, `role ${server.role} may not read the log: it needs REPLICATION`);
  }
  const isSame = server.systemId === candidate.server.systemId;
  if (isSame && server.database === candidate.server.database) {
    say(labels.candidate.label, 'both stores are one and the same database');
  }
  return refused;
}

const WRITTEN: readonly TablePrivilege[] = ['select', 'insert', 'update', 'delete'];

function fromLegacy(capture: CaptureKind): readonly TablePrivilege[] {
  return capture === 'trigger' ? ['select', 'trigger'] : ['select'];
}

function unfit({
  major,
  version,
  isStandby,
  mayCreateSchema,
  role,
  database,
}: Server): string | null {
  if (major < OLDEST) return `it is PostgreSQL ${version}; ${OLDEST} is the oldest that works`;
  if (isStandby) return 'it is a standby, which cannot be written';
  if (!mayCreateSchema) return `role ${role} may not create a schema in ${database}`;
  return null;
}

function missingPrivileges(
  { server, tables }: Catalogue,
  wanted: readonly TablePrivilege[],
): string[] {
  const lacking = ({ privileges }: Table): readonly TablePrivilege[] =>
    wanted.filter((one) => !privileges.includes(one));
  return [...tables]
    .filter(([, table]) => lacking(table).length > 0)
    .map(([name, table]) => `role ${server.role} may not ${lacking(table).join(', ')} on ${name}`);
}
