export { DEFAULT_POLICY, strictForMoney } from './defaults.ts';
export type { Policy, ShadowPolicy, ShareStep, StratumRule } from './policy.ts';
