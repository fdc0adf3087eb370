export { maskNamed, saysNothing } from './mask-named.ts';
export { type RedactOptions, redactDocument, redactValue } from './redact-document.ts';
export {
  causesStillShown,
  type PairOptions,
  type PairTexts,
  redactPair,
  redactValues,
} from './redact-pair.ts';
export { redactText } from './redact-text.ts';
export { compileRedaction, type Redaction } from './redaction.ts';
export { isSecretName, namesOnPath } from './secret-names.ts';
export { maskShapes } from './secret-shapes.ts';
export { RedactionTokens } from './tokens.ts';
