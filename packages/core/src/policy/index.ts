export { DEFAULT_POLICY, strictForMoney } from './defaults.ts';
export {
  NOTICE_CONDITIONS,
  NOTICE_KINDS,
  type NoticeCondition,
  type NoticeEvent,
  type NoticeKind,
  type NoticeRow,
  noticeRow,
} from './notices.ts';
export type { Policy, ShadowPolicy, ShareStep, StratumRule } from './policy.ts';
