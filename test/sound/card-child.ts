/**
 * A child process with sound cards: executes the commands of the test and reports events. ALSA is configured by the
 * environment of a process, and a lost card can hang one, so no test does this in its own process.
 */

import { openMicrophone, openSpeaker, parseMicrophone, parseSpeaker } from '../../actors/sound/backends/open.ts';
import { cardsClosed } from '../../actors/sound/card-stream.ts';
import { findDevice, listDevices } from '../../actors/sound/device-search.ts';
import { leaveProcess } from '../../actors/sound/leave.ts';
import type { Microphone, Speaker } from '../../actors/sound/port.ts';
import { errorInfo } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { inTime } from '../support/in-time.ts';
import { testScope } from '../support/test-scope.ts';
import type { ChildSays, TestSays } from './card-messages.ts';

const say = (message: ChildSays): void => void process.send?.(message);
const attempt = async (act: () => Promise<void>): Promise<void> =>
  act().catch((error) => say({ failed: errorInfo(error) }));

let microphone: Microphone | undefined;
let speaker: Speaker | undefined;

process.on('message', (message: TestSays) => void attempt(() => obey(message)));

async function obey(message: TestSays): Promise<void> {
  switch (message.do) {
    case 'search': {
      const list = listDevices();
      const find = (direction: 'input' | 'output') => findDevice(list, direction, message.device).name;
      return say({
        found: { names: list.devices.map(({ name }) => name), input: find('input'), output: find('output') },
      });
    }
    case 'list':
      return say({ names: listDevices().devices.map(({ name }) => name) });
    case 'open':
      return open(message.speaker, message.microphone, message.speech);
    case 'replies': {
      for (let i = 0; i < message.count; i++) await playShortReply(message.speaker);
      return say({ replied: message.count });
    }
    case 'leave':
      microphone?.close();
      speaker?.close();
      return leaveProcess(message.exitCode, await cardsClosed());
  }
}

/** The number of blocks that the card's queue accepts at once, plus one. */
const SHORT_REPLY_BLOCKS = 4;

async function playShortReply(device: string): Promise<void> {
  let blocks = 0;
  let opened: Speaker | undefined;
  const played = new Promise<void>((resolve, reject) => {
    openSpeaker(parseSpeaker(undefined, device))(
      {
        onDemand(block) {
          blocks += 1;
          if (blocks === SHORT_REPLY_BLOCKS) resolve();
          return block.length;
        },
        onUnderflow() {},
        onLost: reject,
      },
      testScope(systemClock),
    ).then((speaker) => {
      opened = speaker;
    }, reject);
  });
  await inTime(played, 'the demand of the card');
  opened?.close();
}

/**
 * Plays silence until the microphone records sound (a null sink is suspended at first), then the speech, and reports
 * everything that was recorded.
 */
async function open(speakerName: string, microphoneName: string, speech: Int16Array): Promise<void> {
  let played = 0;
  let overruns = 0;
  const heard: number[] = [];
  let hearing = false;
  let playing = false;
  let told = false;
  speaker = await openSpeaker(parseSpeaker(undefined, speakerName))(
    {
      onDemand(block) {
        if (!playing) {
          playing = true;
          tellOpen();
        }
        if (hearing) {
          block.set(speech.subarray(played, played + block.length));
          played += block.length;
        }
        return block.length;
      },
      onUnderflow: () => overruns++,
      onLost: (error) => say({ lost: 'speaker', error: error.info }),
    },
    testScope(systemClock),
  );
  microphone = await openMicrophone(parseMicrophone(undefined, microphoneName))(
    {
      onSamples(samples) {
        if (!hearing) {
          hearing = true;
          tellOpen();
        }
        if (told) return;
        for (const sample of samples) heard.push(sample);
        // Half a second more than was played, because of the delay.
        if (played < speech.length + 8_000) return;
        told = true;
        say({ heard: Int16Array.from(heard), overruns });
      },
      onEnd: () => {},
      onOverflow: () => overruns++,
      onLost: (error) => say({ lost: 'microphone', error: error.info }),
    },
    testScope(systemClock),
  );

  function tellOpen(): void {
    if (playing && hearing) say({ open: { speaker: speaker?.device ?? '', microphone: microphone?.device ?? '' } });
  }
}
