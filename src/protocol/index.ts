/**
 * The wire protocol as a library (`earshot/protocol`): its messages, its packets and its constants. It needs nothing of Node. What the
 * messages mean, and in which order they come: docs/protocol.md.
 */
export {
  type AudioFormat,
  type DecodedMessage,
  type DeviceMessage,
  type DeviceMetrics,
  decodeDeviceMessage,
  decodeGatewayMessage,
  type GatewayMessage,
  type Latencies,
  MAX_MESSAGE_BYTES,
  type PlaybackReport,
  PROTOCOL_VERSION,
  type ReplyTiming,
  type Settings,
  STREAM_PATH,
  SUBPROTOCOL,
} from './control.ts';
export { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from './format.ts';
export {
  type AudioPacket,
  type DecodedPacket,
  decodePacket,
  encodePacket,
  MAX_FRAME_BYTES,
  MAX_FRAMES_PER_PACKET,
} from './packet.ts';
export { isTrigger, type KnownTrigger, TRIGGERS, type Trigger } from './triggers.ts';
