/** The figures of Earshot and of the simulated world on which the model of queues is built. */
export const FIGURES = {
  /** machines/link.ts */
  firstRetryMs: 250,
  longestRetryMs: 30_000,
  /** actors/network/keep-alive.ts, of an idle device */
  pingMs: 5_000,
  deadMs: 15_000,
  /** machines/conversation-context.ts */
  offlinePatienceMs: 3_000,
  /** actors/cloud/access.ts */
  verifyPatienceMs: 3_000,
  /** Calls at the same time of one gateway: actors/cloud/delivery.ts */
  lanes: 64,
  /** Batches of records: actors/cloud/batched-mutations.ts */
  gatherMs: 10,
  batchMs: 100,
  batchRecords: 25,
  recordsPerSession: 1,
  /** The turn as it goes, and two messages; measured in the simulation. */
  recordsPerTurn: 4,
  /** An address for it, and the file. */
  callsPerRecording: 2,
  /** Of the simulation: its network, balancer, people and responder. */
  slowEvery: 20,
  slowMs: 350,
  startWithinMs: 20_000,
  packetMs: 120,
  thinkingMs: 300,
  checkEveryMs: 2_000,
  cloudLatencyMs: 10,
  /** Until Convex's client tries again after an outage of half a minute. */
  cloudRetryMs: 12_000,
  /** After the last utterance. */
  settleMs: 30_000,
} as const;
