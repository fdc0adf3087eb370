/** What the callers counted, as the load generator reports it. */
export class Callers {
  #last: Record<string, unknown> = {};

  hear(line: Record<string, unknown>): void {
    if ('requests' in line) this.#last = line;
  }

  counts(): { requests: number; answersChanged: number; callerErrors: number } {
    const { requests, answersChanged, callerErrors } = this.#last;
    return {
      requests: Number(requests),
      answersChanged: Number(answersChanged),
      callerErrors: Number(callerErrors),
    };
  }
}
