/**
 * The encoder's thread, which fails once: after as many frames as the file EARSHOT_TEST_FAIL says it ends or hangs, by the
 * file's name.
 */
import { readFileSync, rmSync } from 'node:fs';
import encodeSentence, {
  type EncoderTask,
  type FromEncoder,
} from '../../../actors/assistant/speech/encoding/encoder-worker.ts';

export default async function encode(task: EncoderTask): Promise<void> {
  const flag = process.env.EARSHOT_TEST_FAIL ?? '';
  let left = frameCount(flag);
  const post = task.port.postMessage.bind(task.port);
  task.port.postMessage = (message: FromEncoder) => {
    post(message);
    if (message.type === 'frames') left -= message.frames.length;
    if (left > 0) return;
    rmSync(flag);
    if (flag.endsWith('exit')) process.exit(1);
    for (;;);
  };
  await encodeSentence(task);
}

function frameCount(flag: string): number {
  try {
    return Number(readFileSync(flag, 'utf8'));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
