import { maskNamed } from './mask-named.ts';
import type { Redaction } from './redaction.ts';
import { type Mask, maskShapes } from './secret-shapes.ts';
import type { RedactionTokens } from './tokens.ts';

/**
 * A text that is no JSON, with everything replaced that looks like a secret or follows the name of
 * one. O(length).
 */
export function redactText(text: string, redaction: Redaction, tokens: RedactionTokens): string {
  const mask: Mask = (kind, secret) => tokens.text(kind, secret);
  const named = maskNamed(tokens.withoutImpostors(text), redaction.isSecretName, mask);
  return maskShapes(named, mask);
}
