const CUT = '…';

/**
 * The text itself, or its beginning and an ellipsis: at most `lengthMax` characters in all. Never
 * ends in half a surrogate pair, which every encoder after us would refuse or replace.
 */
export function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, Math.max(0, lengthMax - CUT.length)).toWellFormed()}${CUT}`;
}
