import type { MethodName } from '../effects/effects-options.ts';
import type { AnyFunction, SeamHandle, SeamOptions } from '../seam/types.ts';

/** A method as the function that a seam stands before. */
export type MethodOf<Subject, Name extends keyof Subject> = Extract<Subject[Name], AnyFunction>;

/** Options of the seam of one method: those of a seam, but for what the objects say. */
export type MethodOptions<Fn extends AnyFunction> = Omit<
  SeamOptions<Fn>,
  'legacy' | 'candidate' | 'name' | 'plane'
> & {
  /** By default the name of the object and the method's: `PaymentGateway.charge`. */
  readonly name?: string;
};

/** What the seams of an object have in common; the options of a method come first. */
export type CommonOptions = Omit<
  SeamOptions<AnyFunction>,
  'legacy' | 'candidate' | 'name' | 'key' | 'fence' | 'stratum'
> & {
  /** Names the object in the names of its seams; by default legacy's class. */
  readonly name?: string;
};

/** Options per method. A method that is not named stays legacy's. */
export type MethodSeams<Legacy, Name extends MethodName<Legacy>> = {
  readonly [Method in Name]: MethodOptions<MethodOf<Legacy, Method>>;
};

/** An object of exactly legacy's type, whose named methods have a handle. */
export type Seams<Legacy, Name extends MethodName<Legacy>> = Legacy & {
  readonly [Method in Name]: SeamHandle;
};
