/**
 * Runs a daemon for a command until it is told to stop: shows what happens, prints each turn, and says how it ended.
 */
import type { Dial } from '../actors/network/socket.ts';
import { parseMicrophone, parseSpeaker } from '../actors/sound/open.ts';
import { keyboardTrigger } from '../actors/trigger/keyboard.ts';
import { recordingTrigger } from '../actors/trigger/recording.ts';
import { signalTrigger } from '../actors/trigger/signal.ts';
import type { ConversationNews } from '../machines/conversation.ts';
import { startDaemon } from './daemon.ts';
import { createDisplay } from './display.ts';
import { describeError, type ErrorInfo } from './errors.ts';
import { type LineOptions, openLog } from './options.ts';
import { printJson } from './output.ts';
import { reportTurn } from './turn-report.ts';

/** How long `--once` waits for a connection before it gives up. */
const ONCE_CONNECT_MS = 15_000;

const NO_CONNECTION: ErrorInfo = {
  code: 'gateway_unreachable',
  message: `No connection to the gateway within ${ONCE_CONNECT_MS / 1_000} s`,
  hint: 'Check --gateway, and that the gateway runs (earshot gateway).',
};

/** Resolves with the exit code once the last turn is over or a signal came. */
export async function talk(dial: Dial, options: LineOptions): Promise<number> {
  const log = openLog(options);
  const microphone = parseMicrophone(options.input, options.device);
  const speaker = parseSpeaker(options.output, options.device);
  const isRecording = microphone.kind === 'wav';
  const hasKeyboard = process.stdin.isTTY && process.stderr.isTTY;
  const display = createDisplay({ microphone, speaker, interactive: hasKeyboard, quiet: options.json === true });

  return new Promise((resolve) => {
    let exitCode = 0;
    let giveUp: NodeJS.Timeout | undefined;
    const daemon = startDaemon({
      dial,
      microphone,
      speaker,
      framesPerPacket: options.framesPerPacket,
      bufferMs: options.bufferMs,
      ...(options.name === undefined ? {} : { name: options.name }),
      triggers: [
        signalTrigger,
        ...(hasKeyboard ? [keyboardTrigger(process.stdin, () => void end(0))] : []),
        ...(isRecording ? [recordingTrigger] : []),
      ],
      onNews,
      ...(display.wantsLevels && { onLevels: display.levels }),
      log,
      logLevel: options.logLevel,
      logFormat: options.logFormat,
    });
    process.once('SIGINT', () => void end(130));
    process.once('SIGTERM', () => void end(0));
    if (options.once) giveUp = setTimeout(() => fail(NO_CONNECTION), ONCE_CONNECT_MS);

    function onNews(news: ConversationNews): void {
      display.news(news);
      switch (news.type) {
        case 'link.changed':
          if (news.up) clearTimeout(giveUp);
          else log.warn('no connection', { error: news.error.message, retryInMs: news.retryInMs });
          // What no retry mends is said at once.
          if (options.once && !news.up) fail(news.error);
          return;
        case 'turn.finished': {
          const report = reportTurn(news.record);
          if (options.json) printJson(report);
          const answered = report.outcome === 'done';
          exitCode = answered ? 0 : 1;
          if (report.error) display.problem(describeError(report.error));
          if (options.once) void end(exitCode);
          return;
        }
      }
    }

    function fail(error: ErrorInfo): void {
      display.problem(describeError(error));
      void end(1);
    }

    async function end(code: number): Promise<void> {
      clearTimeout(giveUp);
      await daemon.stop();
      display.close();
      resolve(code);
    }
  });
}
