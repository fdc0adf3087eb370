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
    title: 'A seam declares effects that only the guard can honour',
    message: (f: { seam: string; effects: string }) =>
      `The seam ${f.seam} declares effects '${f.effects}', which is a request that a service behind the guard answers; a function cannot be asked.`,
    action:
      "Declare 'recorded' and wrap its collaborators with `effects`, or 'rolled-back' with a pool from `@falsework/seam/postgres`, or 'follow', and it is never shadowed.",
  }),
  FW_SEAM_EFFECTS_METHOD: usageError({
    title: 'The declared effects of a collaborator do not fit it',
    message: (f: { collaborator: string; method: string; why: string }) =>
      `The effects of ${f.collaborator === '' ? 'a collaborator' : f.collaborator} name \`${f.method}\`, but ${f.why}.`,
    action:
      'Correct the name, or keep it in one list only. Methods in no list are never called by a shadow run.',
  }),
  FW_SEAM_METHOD: usageError({
    title: 'A method that is to become a seam is missing on one side',
    message: (f: { seams: string; method: string; side: 'legacy' | 'candidate' }) =>
      `The seams of ${f.seams} name the method \`${f.method}\`, but the ${f.side} has no method of that name.`,
    action: 'Correct the name, or leave it out: a method that is not named goes to legacy.',
  }),
} as const;
