// npm leaves an optional package out of the lockfile when the registry that answered does not have
// it, and `npm ci` then refuses the whole lockfile. A mirror that carries only Linux binaries is
// enough. So the lockfile names every platform's package, whichever machine wrote it.

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

const OS: readonly string[] =
  'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');

const CPU: Readonly<Record<string, string>> = {
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/**
 * The platform that a binary package is for, as its name tells: all such packages follow one
 * custom.
 */
const platformOf = (name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> => {
  const words = name.split(/[-/]/);
  const os = words.filter((word) => OS.includes(word));
  const cpu = words.flatMap((word) => CPU[word] ?? []);
  const libc = words.flatMap((word) =>
    word.startsWith('musl') ? 'musl' : word === 'gnu' ? 'glibc' : [],
  );
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(os.length > 0 && { os }),
    ...(libc.length > 0 && { libc }),
  };
};

const isFoundFrom = (lock: Lockfile, at: string, name: string): boolean => {
  for (let base = at; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (lock.packages[path] !== undefined) return true;
    if (base === '') return false;
  }
};

/** Entries that `npm ci` would miss, by their place in the lockfile. */
export const missingEntries = (lock: Lockfile): Readonly<Record<string, LockEntry>> =>
  Object.fromEntries(
    Object.entries(lock.packages).flatMap(([at, entry]) =>
      Object.entries(entry.optionalDependencies ?? {})
        .filter(([name]) => !isFoundFrom(lock, at, name))
        .map(([name, version]) => [
          `node_modules/${name}`,
          {
            version,
            ...(entry.dev === true && { dev: true }),
            optional: true,
            ...platformOf(name),
          },
        ]),
    ),
  );

/** The same lockfile with nothing missing, in the order in which npm writes it. */
export const completed = <L extends Lockfile>(lock: L): L => ({
  ...lock,
  packages: Object.fromEntries(
    Object.entries({ ...lock.packages, ...missingEntries(lock) }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  ),
});
