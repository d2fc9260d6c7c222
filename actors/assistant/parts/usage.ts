/**
 * What a provider counts of its use: for prices and caps, in the units in which providers charge.
 */
export interface Usage {
  /** Requests that the provider accepted. */
  requests?: number;
  /** Tokens of a prompt. Where a provider does not count tokens, and in an interrupted answer, they are estimated. */
  inputTokens?: number;
  /** Tokens of an answer. */
  outputTokens?: number;
  /** Audio that was sent to it. */
  inputAudioMs?: number;
  /** Audio that it sent. */
  outputAudioMs?: number;
  /** Characters that it spoke. */
  characters?: number;
}

/** Reports what was used for a device, as soon as it is known; several reports of one request add up. */
export type ReportUsage = (device: string, usage: Usage) => void;
