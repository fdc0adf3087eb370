export {
  IDEMPOTENCY_HEADER,
  IDEMPOTENCY_KEY_CHARACTERS_MAX,
  idempotencyKeyOf,
  type KeyPorts,
  type KeyReading,
} from './idempotency-key.ts';
export type { RandomBytes } from './uuid-v7.ts';
