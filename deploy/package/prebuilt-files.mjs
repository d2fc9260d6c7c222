/** The names of the compiled libraries in prebuilt/linux-ARCH, as src/core/files/prebuilt.ts looks for them. */
export const PREBUILT_FILES = {
  opus: 'opus.node',
  naudiodon: 'naudiodon.node',
  portAudio: 'libportaudio.so.2',
  /** @param {number | string} abi */
  sqlite: (abi) => `sqlite-${abi}.node`,
};

/**
 * One version of each major version of Node that Earshot supports: their ABIs are 115, 127 and 137. Not 24.19 or later: with those headers better-sqlite3 12 ends
 * the process (src/cloud/database/sqlite.ts).
 */
export const SQLITE_NODES = ['20.20.2', '22.23.3', '24.9.0'];
