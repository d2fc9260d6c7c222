import { FRAME_MS } from '../../../protocol/format.ts';
import { type Check, fail, ok } from './check.ts';

export const codec: Check = {
  name: 'codec',
  async run({ probe }) {
    const answer = await probe('codec');
    if (!answer.ok) return [fail(answer.error.message, answer.error.hint)];
    const { encodeUs, library } = answer.value;
    const encodeMs = encodeUs / 1_000;
    const load = `${FRAME_MS} ms in ${encodeMs.toFixed(2)} ms, ${((encodeMs / FRAME_MS) * 100).toFixed(1)} % of a core`;
    if (library === 'native') return [ok(`Opus loads and encodes ${load}`)];
    return [
      ok(`Opus encodes ${load}, as WebAssembly: the native library, which takes less, has no build for this machine`),
    ];
  },
};
