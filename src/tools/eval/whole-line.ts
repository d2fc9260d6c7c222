/**
 * The whole line: a microphone that plays the utterance in real time, a daemon, a WebSocket, a gateway, the assistant, and the
 * reply back to a loudspeaker that plays in real time and discards it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dialer } from '../../../actors/network/websocket.ts';
import { parseMicrophone, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { makeTemporaryFolder } from '../../core/files/temporary-folder.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { reportTurn } from '../../observability/turn-report.ts';
import { FRAMES_PER_CHUNK } from '../../protocol/format.ts';
import { openMeasuredDevice } from '../latency/measured-device.ts';
import type { Conversation, Line } from './line.ts';

export interface WholeLineOptions {
  /** A gateway, e.g. `ws://127.0.0.1:4433`. It is closed with the line. */
  gateway: { url: string; close(): Promise<void> };
  log: Log;
}

export function createWholeLine({ gateway, log }: WholeLineOptions): Line {
  return {
    converse: (name) => openConversation(gateway.url, name, log),
    close: () => gateway.close(),
  };
}

async function openConversation(url: string, name: string, log: Log): Promise<Conversation> {
  const folder = makeTemporaryFolder('utterance');
  /** The microphone reads it again for each turn. */
  const path = join(folder.path, 'utterance.wav');
  const device = await openMeasuredDevice({
    ...{ dial: dialer({ gateway: new URL(url) }), name, log },
    ...{ microphone: parseMicrophone(path), speaker: parseSpeaker('null') },
    ...{ framesPerPacket: FRAMES_PER_CHUNK, playback: 'adaptive', threads: 'one' },
  });
  return {
    async ask(utterance) {
      writeFileSync(path, wavOf(utterance));
      const fromMs = systemClock.wallNow();
      const finished = device.finished();
      device.press();
      const { transcript = '', reply, latencyMs, error } = reportTurn(await finished);
      const { text: answer = '', ms: answerMs } = reply;
      const toMs = systemClock.wallNow();
      return { heard: transcript, answer, answerMs, fromMs, toMs, latencyMs, ...(error && { error }) };
    },
    async close() {
      await device.close();
      folder.remove();
    },
  };
}
