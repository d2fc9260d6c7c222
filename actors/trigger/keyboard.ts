/**
 * The keyboard of a terminal. Space begins an utterance and ends it, because a terminal does not report the release of a key. Escape
 * cancels it, `m` mutes the microphone and unmutes it, `q` and Ctrl-C quit, `k` saves the flight recording.
 */
import type { ReadStream } from 'node:tty';
import type { OpenTrigger } from './trigger.ts';

const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

/** A terminal's keyboard. `onQuit`: `q` or Ctrl-C; `onSave`: `k`, which asks to save the flight recording; `onMute`: `m`. */
export function keyboardTrigger(
  terminal: ReadStream,
  onQuit: () => void,
  onSave?: () => void,
  onMute?: () => void,
): OpenTrigger {
  // biome-ignore lint/plugin: a terminal may fail while the trigger is started again after a crash
  terminal.on('error', () => {});
  return ({ onPress, onCancel }, { guard, onEnd, log }) => {
    const guardedKey = guard((key: string) => {
      if (key === ' ') onPress('key');
      else if (key === ESCAPE) onCancel();
      else if (key === 'k') onSave?.();
      else if (key === 'm') onMute?.();
      else if (key === 'q' || key === CTRL_C) onQuit();
    });
    const guardedError = guard((error: Error) =>
      log.warn('the keyboard is no longer available', { error: error.message }),
    );
    terminal.setRawMode(true);
    terminal.setEncoding('utf8');
    terminal.on('data', guardedKey);
    terminal.on('error', guardedError);
    terminal.resume();
    onEnd(() => {
      terminal.off('data', guardedKey);
      terminal.off('error', guardedError);
      terminal.setRawMode(false);
      terminal.pause();
    });
    return {};
  };
}
