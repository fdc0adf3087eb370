import type { EvidenceBatch } from '@falsework/core/evidence';
import { BatchRefused, type ControlLink } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import type { BatchProblem, FromWorker } from './messages.ts';

/**
 * Control as a worker hears it: through the process that holds all workers, so that however many
 * there are, control is spoken to once.
 */
export class WorkerLink implements ControlLink {
  readonly #say: (message: FromWorker) => void;
  readonly #takes = new Set<(snapshot: Snapshot) => void>();
  readonly #underWay = new Map<number, PromiseWithResolvers<void>>();
  #snapshot: Snapshot | null;
  #batches = 0;

  constructor(say: (message: FromWorker) => void, snapshot: Snapshot | null) {
    this.#say = say;
    this.#snapshot = snapshot;
  }

  subscribe(take: (snapshot: Snapshot) => void): () => void {
    this.#takes.add(take);
    if (this.#snapshot !== null) take(this.#snapshot);
    return () => this.#takes.delete(take);
  }

  report(batch: EvidenceBatch): Promise<void> {
    this.#batches += 1;
    const outcome = Promise.withResolvers<void>();
    this.#underWay.set(this.#batches, outcome);
    this.#say({ type: 'batch', id: this.#batches, batch });
    return outcome.promise;
  }

  /** Control has said something new. */
  take(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const take of this.#takes) take(snapshot);
  }

  /** Control has taken a batch, or has not. */
  reported(id: number, problem: BatchProblem | null): void {
    const outcome = this.#underWay.get(id);
    this.#underWay.delete(id);
    if (problem === null) outcome?.resolve();
    else
      outcome?.reject(
        problem.isRefused ? new BatchRefused(problem.message) : new Error(problem.message),
      );
  }

  /** Nobody is there any more who could pass anything on. */
  cut(): void {
    for (const id of this.#underWay.keys()) {
      this.reported(id, {
        message: 'The process that holds the workers is gone.',
        isRefused: false,
      });
    }
  }
}
