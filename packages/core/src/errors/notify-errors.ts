import { operatingError, usageError } from './definition.ts';

export const NOTIFY_ERRORS = {
  FW_NOTIFY_FAILED: operatingError({
    title: 'A notice could not be delivered',
    message: (f: { kind: string; migration: string; because: string }) =>
      `The ${f.kind} of ${f.migration} could not be told: ${f.because}. ` +
      'It is tried again, ever more rarely, down to every 5 min.',
    action:
      'Check the address and the headers of that entry of `notify`. What still holds is said when ' +
      'it is back.',
  }),
  FW_NOTIFY_UNREADABLE: usageError({
    title: 'A secret of a notice cannot be read',
    message: (f: { path: string; because: string }) =>
      `${f.path} cannot be used: ${f.because}. Nothing was started.`,
    action: 'Set the variable, or write the file, that the setting names.',
  }),
} as const;
