/** Files of one kind in a folder, each named after its key: `KEY.EXTENSION`. */

export interface KeyedFiles {
  pathOf(key: string, folder?: string): string;
  /** The keys among the names in a folder, in their order. */
  keysOf(names: readonly string[]): string[];
}

/** @param extension with its dot */
export function keyedFiles(folder: string, extension: string): KeyedFiles {
  return {
    pathOf: (key, of = folder) => `${of}/${key}${extension}`,
    keysOf: (names) =>
      names
        .filter((name) => name.endsWith(extension))
        .map((name) => name.slice(0, -extension.length))
        .sort(),
  };
}
