/**
 * Stands for something that is no data: an instance of a class, a Map, a Date. No schema takes it.
 */
export class Opaque {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}
