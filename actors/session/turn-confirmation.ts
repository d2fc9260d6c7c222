/**
 * Records the utterances of one device when they are complete, and confirms them: when the recorder has them, and again
 * when the cloud has them.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import { errorFields, errorInfo } from '../../src/core/errors.ts';
import { clipText } from '../../src/protocol/bounds.ts';
import type { GatewayMessage } from '../../src/protocol/control.ts';
import type { SessionTurn } from './session-turn.ts';
import type { TurnRecorder } from './turn-recorder.ts';

export interface TurnConfirmationOptions {
  /** The device's name. */
  device: string;
  recorder: TurnRecorder;
  scope: Scope;
  /** Sends a message to the device if it is connected. */
  sendToDevice: (message: GatewayMessage) => void;
  /** The recorder has the turn; `message` confirms it to the device. */
  onStored: (turn: SessionTurn, message: Extract<GatewayMessage, { type: 'turn.stored' }> & { turn: number }) => void;
}

export class TurnConfirmation {
  readonly #options: TurnConfirmationOptions;

  constructor(options: TurnConfirmationOptions) {
    this.#options = options;
  }

  async record(turn: SessionTurn): Promise<void> {
    const { device, recorder, scope } = this.#options;
    const { audio } = turn;
    const { id, trigger, startedAt: startedAtMs, offline } = turn.start;
    try {
      if (!recorder.has(device, id)) {
        await recorder.record({ id, device, trigger, startedAtMs, offline: offline !== undefined, audio });
      }
      this.confirm(turn);
    } catch (error) {
      // The device stores the turn, and delivers it later.
      scope.log.error('a turn could not be recorded', { turn: id, ...errorFields(error) });
      if (offline) this.#refuse(turn, error);
    } finally {
      audio.discard();
    }
  }

  /** The recorder has the turn. */
  confirm(turn: SessionTurn): void {
    const { device, recorder, scope, sendToDevice, onStored } = this.#options;
    const { number, start } = turn;
    onStored(turn, { type: 'turn.stored', turn: number, id: start.id });
    const inCloud = recorder.inCloud?.(device, start.id);
    if (!inCloud) return;
    scope.run(async () => {
      await inCloud;
      sendToDevice({ type: 'turn.stored', turn: number, id: start.id, cloud: true });
    });
  }

  #refuse({ number }: SessionTurn, error: unknown): void {
    const { code, message } = errorInfo(error);
    const retryable = code !== 'turn_refused';
    this.#options.sendToDevice({ type: 'error', turn: number, code, message: clipText(message), retryable });
  }
}
