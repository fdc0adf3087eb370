import { pathText, type SettingPath, shown } from '../problems.ts';
import { isSettings, type Settings, valueAt } from './tree.ts';
import { isSecret } from './variables.ts';

/** Where a value came from; a later layer wins over an earlier one. */
export type Layer = 'default' | 'file' | 'variable' | 'flag';

/** The layer of a value, and which file or variable within it. */
export interface Origin {
  readonly layer: Layer;
  readonly from: string | null;
}

const DEFAULTED: Origin = { layer: 'default', from: null };

/**
 * The settings of one migration, their layers laid over one another, and for every value the layer
 * that it came from. Nothing is judged here: whatever is wrong with a value is the schema's to say.
 */
export class Layers {
  readonly tree: Settings = {};
  readonly #origins = new Map<string, Origin>();
  /** Settings whose value an `env('…')` brought, with the variable's name. */
  readonly #drawn = new Map<string, string>();
  /**
   * Settings whose reference leads nowhere. They have their problem; a second one would mislead.
   */
  readonly #unresolved = new Set<string>();

  /** Lays settings over what is there: sections are merged, values and lists replaced. */
  lay(settings: Settings, origin: Origin, at: SettingPath = []): void {
    for (const [key, value] of Object.entries(settings)) {
      const path = [...at, key];
      if (isSettings(value) && !isOneValue(value)) {
        if (this.valueAt(path) === undefined) this.put(path, {}, origin);
        this.lay(value, origin, path);
      } else this.put(path, value, origin);
    }
  }

  /**
   * Sets one value. Does nothing beneath something that is no section: the schema refuses that
   * anyway.
   */
  put(at: SettingPath, value: unknown, origin: Origin): void {
    const section = this.valueAt(at.slice(0, -1));
    const key = at.at(-1);
    if (!isSettings(section) || key === undefined) return;
    section[String(key)] = value;
    for (let end = 1; end <= at.length; end += 1) {
      this.#origins.set(pathText(at.slice(0, end)), origin);
    }
  }

  /** Sets the value that a variable of the user's own holds. It is not shown anywhere. */
  putDrawn(at: SettingPath, value: string, variable: string): void {
    this.put(at, value, { layer: 'variable', from: variable });
    this.#drawn.set(pathText(at), variable);
  }

  markUnresolved(at: SettingPath): void {
    this.#unresolved.add(pathText(at));
  }

  isUnresolved(at: SettingPath): boolean {
    return this.#unresolved.has(pathText(at));
  }

  valueAt(at: SettingPath): unknown {
    return valueAt(this.tree, at);
  }

  originOf(at: SettingPath): Origin {
    return this.#origins.get(pathText(at)) ?? DEFAULTED;
  }

  /**
   * True when the value at a path must not be shown: secrets, whatever a variable brought, and
   * customers' keys.
   */
  isHidden(at: SettingPath): boolean {
    const isKeyOfCohort = at[0] === 'cohorts' && at.length > 2;
    // Somebody may have written the secret itself where its whereabouts belong.
    const isOfToken = at[0] === 'control' && at[1] === 'tokens' && at.length > 2;
    const isRole = at.length === 4 && at[3] === 'role';
    if (isOfToken && !isRole) return true;
    // Addresses and headers of targets let whoever has them in.
    if (at[0] === 'notify' && at.length > 2 && at[2] !== 'on') return true;
    return isSecret(at) || isKeyOfCohort || this.#drawn.has(pathText(at));
  }

  /** What stands at a path, in words that give no secret away. */
  describe(at: SettingPath): string {
    const value = this.valueAt(at);
    if (value === undefined) return 'missing';
    const { layer, from } = this.originOf(at);
    const text = this.isHidden(at) ? 'a value that is not shown' : shown(value);
    return layer === 'variable' ? `${text} (from ${from})` : text;
  }
}

/**
 * References and key sources are one value: merging into one would make a third that nobody wrote.
 */
function isOneValue(settings: Settings): boolean {
  return typeof settings.from === 'string';
}
