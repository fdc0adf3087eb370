import type { Problem } from './contract/index.ts';

/** A failure that control explained: its code, its words and what to do are those of control. */
export class RemoteProblem extends Error {
  override readonly name = 'RemoteProblem';
  readonly code: string;
  readonly action: string;
  readonly status: number;

  constructor({ code, message, action }: Problem, status: number) {
    super(message);
    this.code = code;
    this.action = action;
    this.status = status;
  }
}
