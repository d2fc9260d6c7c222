/** A program on the same machine that knows the id of a file in the embedded cloud and guesses its name. */
import { randomBytes } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';

/** A name is a proof (HMAC-SHA-256) and the id; ids are told to many. */
const PROOF_BYTES = 32;
const GUESSES = 30_000;
const AT_ONCE = 10;

const attack: Attack = {
  does: 'guesses the name of a file in the embedded cloud whose id it knows, without a key, repeatedly',
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
    await together(AT_ONCE, async () => {
      for (let i = 0; i < GUESSES / AT_ONCE && !context.signal.aborted; i += 1) {
        const name = `${randomBytes(PROOF_BYTES).toString('base64url')}.${context.fileId}`;
        const options = { signal: AbortSignal.timeout(2_000) };
        const response = await fetch(`${context.cloud}/api/storage/${name}`, options).catch(() => undefined);
        if (response?.status === 200) context.breach('a file was returned for a guessed name');
        await response?.arrayBuffer().catch(() => undefined);
        context.count();
        await context.pause(10);
      }
    });
  },
};

export default attack;
