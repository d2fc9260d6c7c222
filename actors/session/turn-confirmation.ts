/**
 * Records the utterances of one device when they are complete, and confirms them: when the recorder has them for good, and again when the cloud has
 * them.
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
  /** The recorder has the turn for good; `message` confirms it to the device. */
  onStored: (turn: number, message: Extract<GatewayMessage, { type: 'turn.stored' }> & { turn: number }) => void;
}

export class TurnConfirmation {
  readonly #options: TurnConfirmationOptions;

  constructor(options: TurnConfirmationOptions) {
    this.#options = options;
  }

  async record(turn: SessionTurn): Promise<void> {
    const { device, recorder } = this.#options;
    const { audio } = turn;
    const { id, trigger, startedAt: startedAtMs, offline } = turn.start;
    try {
      if (!recorder.has(device, id)) {
        await recorder.record({ id, device, trigger, startedAtMs, offline: offline !== undefined, audio });
      }
      this.confirm(turn);
    } catch (error) {
      this.#onFailed(turn, error);
    } finally {
      audio.discard();
    }
  }

  /** A stored turn whose confirmation was lost: it is recorded already, here or by another gateway. */
  confirmIfRecorded(turn: SessionTurn, isCurrent: () => boolean): void {
    const { device, recorder } = this.#options;
    const { id } = turn.start;
    if (recorder.has(device, id)) return this.confirm(turn);
    this.#run(async () => {
      if ((await recorder.isInCloud?.(device, id)) && isCurrent()) this.confirm(turn);
    });
  }

  /** The recorder has the turn. */
  confirm(turn: SessionTurn): void {
    const { device, recorder } = this.#options;
    const confirmable = recorder.confirmable?.(device, turn.start.id);
    if (!confirmable) return this.#confirmNow(turn);
    this.#run(async () => {
      try {
        await confirmable;
        this.#confirmNow(turn);
      } catch (error) {
        this.#onFailed(turn, error);
      }
    });
  }

  #confirmNow({ number, start }: SessionTurn): void {
    const { device, recorder, sendToDevice, onStored } = this.#options;
    onStored(number, { type: 'turn.stored', turn: number, id: start.id });
    const inCloud = recorder.inCloud?.(device, start.id);
    if (!inCloud) return;
    this.#run(async () => {
      await inCloud;
      sendToDevice({ type: 'turn.stored', turn: number, id: start.id, cloud: true });
    });
  }

  #run(work: () => Promise<void>): void {
    this.#options.scope.run(work);
  }

  /** The device stores the turn, and delivers it later. */
  #onFailed(turn: SessionTurn, error: unknown): void {
    const { id, offline } = turn.start;
    this.#options.scope.log.error('a turn could not be recorded', { turn: id, ...errorFields(error) });
    if (offline) this.#refuse(turn, error);
  }

  #refuse({ number }: SessionTurn, error: unknown): void {
    const { code, message } = errorInfo(error);
    const retryable = code !== 'turn_refused';
    this.#options.sendToDevice({ type: 'error', turn: number, code, message: clipText(message), retryable });
  }
}
