/**
 * All scenarios.
 */
import { assistant, speakingModel } from './assistant.ts';
import { assistantState } from './assistant-state.ts';
import { cards } from './cards.ts';
import { cloud } from './cloud.ts';
import { echoAndEarcons } from './echo-and-earcons.ts';
import { listened } from './listened.ts';
import { listening } from './listening.ts';
import { localApis } from './local-apis.ts';
import { monitor } from './monitor.ts';
import { notices } from './notices.ts';
import { realtime } from './realtime.ts';
import type { Scenario } from './scenario.ts';
import { slowDisk } from './slow-disk.ts';
import { sockets } from './sockets.ts';
import { spools } from './spools.ts';
import { triggers } from './triggers.ts';
import { twoDevices } from './two-devices.ts';
import { wakeChoice } from './wake-choice.ts';
import { wakeWords } from './wake-words.ts';
import { wifi } from './wifi.ts';

export const scenarios: Scenario[] = [
  assistant,
  speakingModel,
  ...assistantState,
  realtime,
  twoDevices,
  notices,
  sockets,
  spools,
  slowDisk,
  triggers,
  listening,
  listened,
  wakeChoice,
  echoAndEarcons,
  ...wakeWords,
  monitor,
  localApis,
  wifi,
  ...cards,
  ...cloud,
];
