import { type IncomingMessage, ServerResponse } from 'node:http';

/** What must hear of the end of a caller's connection, and of room on it. */
export interface Listening {
  onDrain(): void;
  onClose(): void;
}

function onDrain(this: CallerResponse): void {
  this.listening?.onDrain();
}

function onClose(this: CallerResponse): void {
  this.listening?.onClose();
}

/**
 * The response to a caller. It carries who listens to it, so that the two listeners are the same
 * two functions for every request, instead of two closures for each.
 */
export class CallerResponse extends ServerResponse {
  listening: Listening | null = null;

  constructor(request: IncomingMessage) {
    super(request);
    // The sides say when they answered; a second date, or a first one, would be ours.
    this.sendDate = false;
    this.on('drain', onDrain);
    this.on('close', onClose);
  }
}
