/**
 * The last part of a wake word model: it turns the newest embeddings into a score. Either one of openWakeWord's (ONNX), or one that
 * `earshot wake train` made (JSON).
 */
export interface WakeHead {
  /** How many embeddings it looks at. */
  readonly steps: number;
  /** `embeddings`: the newest of them, the oldest first. 0 to 1. */
  score(embeddings: Float32Array): number;
  close(): void;
}
