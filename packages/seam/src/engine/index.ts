export type { EngineCounters } from './counters.ts';
export { type JudgementScope, judgementOf, noiseScope } from './findings.ts';
export { type Host, type LoopTimes, systemHost } from './host.ts';
export { type Judgement, NotCompared, type Outcome, type ShadowJob } from './job.ts';
export { type LoopWatch, loopWatchOf } from './loop-watch.ts';
export { type NoiseReport, noiseLines } from './noise-words.ts';
export { createRedactor, type Redactor } from './redactor.ts';
export { type EngineOptions, ShadowEngine, type ShadowLimits } from './shadow-engine.ts';
export { NOTHING_SHED, type ShedCounts, type ShedReason, shedWords } from './shed.ts';
