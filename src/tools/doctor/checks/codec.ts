import { type Check, fail, ok } from './check.ts';

export const codec: Check = {
  name: 'codec',
  async run({ probe }) {
    const answer = await probe('codec');
    if (!answer.ok) return [fail(answer.error.message, answer.error.hint)];
    return [ok(`Opus loads and encodes 20 ms in ${(answer.value.encodeUs / 1_000).toFixed(2)} ms`)];
  },
};
