/**
 * The runs of Home Assistant's pipeline for one device, one after the other. Its messages name no run, so the next one is asked for when the one before has ended.
 */
import { EarshotError } from '../../core/errors.ts';
import { USES_VAD } from '../../core/esphome/messages.ts';
import type { Clock } from '../../core/time/clock.ts';
import { within } from '../../core/time/within.ts';
import type { ApiConnection } from './api-connection.ts';
import { type PipelineFailure, PipelineRun } from './pipeline-run.ts';

/** Some clients ignore a message of audio without samples, and with it that it is the last one. */
const ONE_SAMPLE = new Uint8Array(2);
/** How long the end of a run that was cancelled is waited for. */
const SETTLE_MS = 500;

export interface WantedRun {
  /** Empty: a new conversation. */
  conversationId: string;
  /** Home Assistant should find the end of the speech. */
  usesVad: boolean;
}

export class PipelineRuns {
  readonly #clock: Clock;
  #newest: PipelineRun | undefined;
  /** Its end is waited for. */
  #before: PipelineRun | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The one that messages are about. */
  get current(): PipelineRun | undefined {
    return this.#newest?.hasBegun ? this.#newest : this.#before;
  }

  begin(client: Pick<ApiConnection, 'send'>, { conversationId, usesVad }: WantedRun): PipelineRun {
    const before = this.#newest;
    before?.cancel();
    const flags = usesVad ? USES_VAD : 0;
    const run = new PipelineRun({
      client: {
        start: () => client.send('VoiceAssistantRequest', { start: true, flags, conversationId }),
        audio: (data) => client.send('VoiceAssistantAudio', { data }),
        endAudio: () => client.send('VoiceAssistantAudio', { data: ONE_SAMPLE, end: true }),
        cancel: () => client.send('VoiceAssistantRequest', { start: false }),
      },
      after: before ? within(before.settled, SETTLE_MS, this.#clock) : Promise.resolve(),
      failure: (reason) => failureOf(reason),
    });
    this.#before = before;
    this.#newest = run;
    return run;
  }

  /** Nobody takes speech any more. */
  disconnect(): void {
    this.#newest?.fail('disconnected');
    this.#newest = undefined;
    this.#before = undefined;
  }
}

const FAILURES: Record<PipelineFailure, [message: string, hint: string]> = {
  refused: [
    'Home Assistant does not take the speech of this device',
    'See its log, and the assistant chosen for the device there.',
  ],
  disconnected: ['Home Assistant has disconnected', 'See whether it runs.'],
  'too-much': ['Home Assistant sends an answer without an end', 'See its log.'],
};

function failureOf(reason: PipelineFailure): EarshotError {
  const [message, hint] = FAILURES[reason];
  return new EarshotError(reason === 'disconnected' ? 'home_assistant_unavailable' : 'assistant_failed', message, hint);
}
