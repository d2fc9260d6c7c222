/** A program on the same machine that tries the ids of the embedded cloud's files in sequence. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';

/**
 * The numbers of the functions' test double for its documents: from here on, padded to 32 characters with the table's
 * name.
 */
const FIRST = 10_000;
const IDS = 1_500;
const AT_ONCE = 10;

const attack: Attack = {
  does: 'tries the ids of the embedded cloud’s files in sequence, without a key, repeatedly',
  defence: {
    test: 'test/cloud/embedded-files.test.ts',
    code: [
      {
        file: 'src/cloud/server/file-names.ts',
        from: 'return given.length === proof.length && timingSafeEqual(given, proof) ? id : undefined;',
        to: 'return given.length === proof.length && timingSafeEqual(given, proof) ? id : id;',
      },
    ],
  },
  async run(context) {
    await together(AT_ONCE, async (part) => {
      for (let i = 0; i < 20 * IDS && !context.signal.aborted; i += AT_ONCE) {
        const id = `${String(FIRST + ((i + part) % IDS)).padStart(32 - '_storage'.length, '0')}_storage`;
        const options = { signal: AbortSignal.timeout(2_000) };
        const response = await fetch(`${context.cloud}/api/storage/${id}`, options).catch(() => undefined);
        if (response?.status === 200) context.breach('a recording was returned for a guessed id');
        await response?.arrayBuffer().catch(() => undefined);
        context.count();
        await context.pause(10);
      }
    });
  },
};

export default attack;
