/**
 * A first-in first-out queue in a ring, because `Array.shift` moves every element of a long queue.
 *
 *     slots  [ c ][ d ][   ][   ][ a ][ b ]
 *                  next ▲         ▲ head          length = 4, slots.length a power of two
 */
export class TaskQueue<Task> {
  #slots: (Task | undefined)[] = [undefined, undefined, undefined, undefined];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds at the end. O(1), amortised over growth. */
  push(task: Task): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = task;
    this.#length += 1;
  }

  /** Takes the oldest; `undefined` when there is none. O(1). */
  shift(): Task | undefined {
    if (this.#length === 0) return undefined;
    const task = this.#slots[this.#head];
    // A slot that went on holding its task would keep the copied input of a long-gone call alive.
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length -= 1;
    return task;
  }

  #grow(): void {
    const inOrder = [...this.#slots.slice(this.#head), ...this.#slots.slice(0, this.#head)];
    this.#slots = [...inOrder, ...inOrder.map(() => undefined)];
    this.#head = 0;
  }
}
