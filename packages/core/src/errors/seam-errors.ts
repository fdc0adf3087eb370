import { usageError } from './definition.ts';

export const SEAM_ERRORS = {
  FW_SEAM_OPTION: usageError({
    title: 'An option of a seam has a value that it cannot have',
    message: (f: { seam: string; option: string; expected: string; got: string }) =>
      `The seam ${f.seam} was given ${f.got} as \`${f.option}\`; it must be ${f.expected}.`,
    action: 'Correct the option where the seam is defined. No call was changed.',
  }),
  FW_SEAM_OPTION_UNKNOWN: usageError({
    title: 'A seam was given an option that does not exist',
    message: (f: { seam: string; option: string; nearest: string | undefined }) =>
      `The seam ${f.seam} was given the option \`${f.option}\`, which does not exist.` +
      (f.nearest === undefined ? '' : ` Did you mean \`${f.nearest}\`?`),
    action:
      'Correct its name or remove it. It is refused because an option that does nothing misleads.',
  }),
  FW_SEAM_EFFECTS_UNAVAILABLE: usageError({
    title: 'A seam declares effects that cannot be honoured yet',
    message: (f: { seam: string; effects: string }) =>
      `The seam ${f.seam} declares effects '${f.effects}', which this version cannot honour: shadow runs would write.`,
    action:
      "Leave `effects` out, and legacy serves without shadow runs; or declare 'none' if the candidate only reads.",
  }),
} as const;
