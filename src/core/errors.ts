/**
 * The errors of Earshot. Each tells what happened (`message`) and what to do (`hint`). People see one line. A stack trace is written to
 * the log at debug level only.
 */
export type ErrorCode =
  // command line and files
  | 'usage'
  | 'file_not_found'
  | 'file_unreadable'
  | 'file_unwritable'
  | 'output_closed'
  | 'wav_invalid'
  | 'opus_file_invalid'
  | 'suite_invalid'
  // sound
  | 'sound_unavailable'
  | 'sound_server_unavailable'
  | 'device_not_found'
  | 'device_open_failed'
  | 'device_lost'
  | 'microphone_muted'
  | 'listening_unavailable'
  | 'echo_canceller_unavailable'
  | 'codec_unavailable'
  | 'codec_failed'
  | 'frame_size'
  // sound in a browser
  | 'insecure_context'
  | 'microphone_denied'
  | 'microphone_missing'
  | 'microphone_busy'
  | 'audio_unsupported'
  // network
  | 'port_in_use'
  | 'address_unavailable'
  | 'certificate_invalid'
  /** A process of a gateway with several. */
  | 'worker_failed'
  | 'gateway_unreachable'
  | 'gateway_not_found'
  /** In this network, and none was named. */
  | 'several_gateways'
  | 'gateway_refused'
  | 'gateway_closed'
  /** It has as many devices as it may, or another limit is reached. */
  | 'gateway_busy'
  | 'token_refused'
  | 'connection_replaced'
  | 'send_buffer_full'
  | 'link_dead'
  | 'link_down'
  | 'protocol_error'
  | 'unsupported_protocol'
  // an MQTT broker
  | 'broker_unreachable'
  | 'broker_refused'
  /** Of traces. */
  | 'collector_unreachable'
  // monitoring
  | 'monitor_unavailable'
  | 'daemon_not_found'
  // stored turns
  | 'store_full'
  | 'store_failed'
  | 'state_in_use'
  // the cloud
  | 'cloud_unavailable'
  | 'cloud_refused'
  /** Its functions are older than this program. */
  | 'cloud_outdated'
  | 'cloud_not_found'
  | 'not_authorized'
  | 'code_refused'
  | 'turn_unknown'
  | 'record_unknown'
  // timers, reminders and announcements
  | 'reminders_full'
  | 'announcement_failed'
  // a Convex backend on this machine
  | 'backend_missing'
  | 'backend_failed'
  | 'deploy_failed'
  | 'download_failed'
  | 'archive_invalid'
  | 'archive_unverified'
  // an update of the service
  | 'update_unavailable'
  | 'update_failed'
  | 'release_unknown'
  /** The service cannot be stopped or started. */
  | 'service_failed'
  // set-up of a device
  /** NetworkManager is missing, or does not do what it is asked to. */
  | 'wifi_unavailable'
  /** The network cannot be joined: a wrong password, out of reach, no address. */
  | 'wifi_refused'
  // the assistant: its configuration, its model files, and its providers (actors/assistant/parts/errors.ts)
  | 'assistant_config'
  | 'models_missing'
  | 'models_damaged'
  | 'licence_not_accepted'
  | 'assistant_unreachable'
  | 'assistant_timeout'
  | 'assistant_key_refused'
  | 'assistant_refused'
  | 'assistant_rate_limited'
  | 'assistant_failed'
  /** The gateway has too much to do. */
  | 'assistant_busy'
  | 'assistant_bad_answer'
  /** The device's spending cap of this day is reached. */
  | 'assistant_budget'
  // tools of the assistant
  | 'tool_input'
  /** The person went on speaking before the tool was used. */
  | 'tool_cancelled'
  | 'tool_failed'
  // Home Assistant, as the responder of a gateway
  /** No Home Assistant has added the device, or it has disconnected. */
  | 'home_assistant_unavailable'
  | 'satellites_full'
  // the wake word
  /** Its engine, or its server, is not there. */
  | 'wake_unavailable'
  | 'wake_model_invalid'
  // conversation
  | 'microphone_timeout'
  | 'nothing_heard'
  | 'cloud_timeout'
  | 'reply_timeout'
  | 'playback_timeout'
  | 'turn_refused'
  | 'responder_failed'
  | 'actor_crashed'
  | 'internal';

/** An error as plain data, for events and between threads. */
export interface ErrorInfo {
  code: ErrorCode;
  message: string;
  hint: string;
}

/** An error for people: a stable `code`, what happened (`message`), and what to do (`hint`). */
export class EarshotError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EarshotError';
    this.code = code;
    this.hint = hint;
  }

  get info(): ErrorInfo {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/** A thrown value as plain data. One that is not an EarshotError is a bug, and is reported as such. */
export function errorInfo(thrown: unknown): ErrorInfo {
  if (thrown instanceof EarshotError) return thrown.info;
  return {
    code: 'internal',
    message: messageOf(thrown),
    hint: 'This is a bug in Earshot. Run again with --log-level debug and report it.',
  };
}

/** A thrown value as fields of a log line. Not as `message`: the line has its own. */
export function errorFields(thrown: unknown): { code: ErrorCode; error: string; hint: string } {
  return infoFields(errorInfo(thrown));
}

export function infoFields({ code, message, hint }: ErrorInfo): { code: ErrorCode; error: string; hint: string } {
  return { code, error: message, hint };
}

/** The message of a thrown value. Handles any value, also one that cannot become a string. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something without a description was thrown';
  }
}

/** One line for people. */
export function describeError({ message, hint }: Pick<ErrorInfo, 'message' | 'hint'>): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return hint ? `${sentence} ${hint}` : sentence;
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE`, …), if it is one. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
