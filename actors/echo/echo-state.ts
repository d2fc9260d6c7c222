/** What an echo canceller knows of its own work. */
export interface EchoState {
  /** Whether so little of the echo is left that speech can be told from it. */
  readonly isConverged: boolean;
  /** How much of the echo is removed, in dB; 0 when it is not known. */
  readonly erleDb: number;
  /** How much of the microphone's power is left in the samples that it gave last, 0 to 1. */
  readonly residual: number;
  /** The only listener; called when `isConverged` changes, within a handler of the microphone. */
  onChange(listener: ((state: EchoState) => void) | undefined): void;
}
