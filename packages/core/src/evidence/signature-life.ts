import type { SignatureRecord } from './signature-record.ts';

/**
 * Where a cause stands. `explained`: somebody or a proposed rule says why. `fixed`: it would have
 * been seen again by now, and was not. `regressed`: it was fixed, and is back.
 */
export type SignatureState = 'open' | 'explained' | 'accepted' | 'fixed' | 'regressed';

/** How much was compared in an epoch at the seam of a cause. */
export interface EpochVolume {
  readonly epoch: number;
  readonly compared: number;
}

// A cause is called fixed when its absence would be this unlikely had nothing changed.
const ABSENCE_ALPHA = 0.001;

/**
 * The state of a cause from its records in all epochs, and from how much was compared at its seam
 * in each. Pure, so that it need not be stored and cannot be out of date.
 */
export function signatureState(
  records: readonly SignatureRecord[],
  volumes: readonly EpochVolume[],
  { isAccepted, isExplained }: { readonly isAccepted: boolean; readonly isExplained: boolean },
): SignatureState {
  if (isAccepted) return 'accepted';
  const present = Math.max(0, ...volumes.map((volume) => volume.epoch));
  const seen = records.find((record) => record.epoch === present && record.count > 0);
  if (!seen) return isAbsent(records, volumes, present) ? 'fixed' : settled(isExplained);
  const earlier = records.filter((record) => record.epoch < present);
  const last = Math.max(0, ...earlier.map((record) => record.epoch));
  const wasFixed = volumes.some(
    ({ epoch }) => epoch > last && epoch < present && isAbsent(earlier, volumes, epoch),
  );
  return wasFixed ? 'regressed' : settled(isExplained);
}

function settled(isExplained: boolean): SignatureState {
  return isExplained ? 'explained' : 'open';
}

/** True when a cause that came as often as it used to would have been seen in this epoch. */
function isAbsent(
  records: readonly SignatureRecord[],
  volumes: readonly EpochVolume[],
  epoch: number,
): boolean {
  const before = records.filter((record) => record.epoch < epoch);
  const rates = before.map((record) => {
    const compared = volumes.find((volume) => volume.epoch === record.epoch)?.compared ?? 0;
    return compared === 0 ? 0 : Math.min(1, record.count / compared);
  });
  // The rarest of its epochs decides: what comes once in a thousand may be absent from five
  // hundred.
  const rate = Math.min(1, ...rates.filter((each) => each > 0));
  if (before.length === 0 || rates.every((each) => each === 0)) return false;
  const compared = volumes.find((volume) => volume.epoch === epoch)?.compared ?? 0;
  return compared * Math.log1p(-Math.min(rate, 0.999_999)) <= Math.log(ABSENCE_ALPHA);
}
