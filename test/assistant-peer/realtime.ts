/** A session of OpenAI's Realtime API (GA): manual turns, 24 kHz PCM both ways, tools, truncation. */
import { setTimeout as wait } from 'node:timers/promises';
import type {
  ConversationItem,
  RealtimeClientEvent,
  RealtimeResponse,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';
import type { WebSocket } from 'ws';
import { PEER_RATE_HZ, samplesOf, speechPieces } from './audio.ts';
import type { PeerDelays } from './delays.ts';
import type { Fault } from './faults.ts';
import { answerByRules, type Rule, tokensOf } from './script.ts';
import type { PeerSpeech } from './speech.ts';

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'event_id'> : never;

export interface PeerItem {
  id: string;
  role: 'user' | 'assistant' | 'system' | 'tool';
  text: string;
  /** Of an answer, as far as it was sent; after a truncation what is left of it. */
  audioMs: number;
}

export interface RealtimeSessionOptions {
  webSocket: WebSocket;
  model: string;
  speech: PeerSpeech;
  /** They may change while the session lives. */
  peer: { readonly rules: readonly Rule[]; readonly delays: PeerDelays };
  /** Faults of `response.create` and `response.cancel` are ordered under that path. */
  takeFault(path: string): Fault | undefined;
}

/** OpenAI refuses shorter audio. */
const MIN_COMMIT_BYTES = (PEER_RATE_HZ / 10) * 2;

export class PeerRealtimeSession {
  /** What the client sent, without the audio. */
  readonly events: RealtimeClientEvent[] = [];
  readonly items: PeerItem[] = [];
  readonly #options: RealtimeSessionOptions;
  #settings: RealtimeSessionCreateRequest = { type: 'realtime' };
  #audio: Buffer[] = [];
  #recognised: Promise<void> = Promise.resolve();
  /** Id of the response that is being made. */
  #active: string | undefined;
  #count = 0;

  constructor(options: RealtimeSessionOptions) {
    this.#options = options;
    options.webSocket.on('message', (data) => {
      const event = JSON.parse(data.toString()) as RealtimeClientEvent;
      if (event.type !== 'input_audio_buffer.append') {
        this.events.push(event);
      }
      this.#receive(event).catch((error: unknown) => this.#refuse('server_error', String(error)));
    });
    this.#send({ type: 'session.created', session: { ...this.#settings, model: options.model } });
  }

  /** Of an utterance that is not complete. */
  get speechBytes(): number {
    return this.#audio.reduce((sum, { length }) => sum + length, 0);
  }

  /** As after an hour, or when the server restarts. */
  disconnect(): void {
    this.#options.webSocket.terminate();
  }

  #send(event: Unnumbered<RealtimeServerEvent>): void {
    this.#options.webSocket.send(JSON.stringify({ event_id: this.#id('event'), ...event }));
  }

  #id(kind: string): string {
    this.#count += 1;
    return `${kind}_${this.#count}`;
  }

  #refuse(code: string, message: string): void {
    this.#send({ type: 'error', error: { type: 'invalid_request_error', code, message } });
  }

  async #receive(event: RealtimeClientEvent): Promise<void> {
    switch (event.type) {
      case 'session.update':
        if (event.session.type !== 'realtime') return this.#refuse('invalid_value', 'session.type');
        this.#settings = { ...this.#settings, ...event.session };
        return this.#send({ type: 'session.updated', session: this.#settings });
      case 'input_audio_buffer.append':
        this.#audio.push(Buffer.from(event.audio, 'base64'));
        return;
      case 'input_audio_buffer.clear':
        this.#audio = [];
        return this.#send({ type: 'input_audio_buffer.cleared' });
      case 'input_audio_buffer.commit':
        return this.#commit();
      case 'conversation.item.create':
        return this.#create(event.item);
      case 'conversation.item.truncate':
        return this.#truncate(event.item_id, event.audio_end_ms);
      case 'conversation.item.delete':
        return this.#delete(event.item_id);
      case 'response.create':
        return this.#respond();
      case 'response.cancel':
        if (this.#options.takeFault('response.cancel')?.kind === 'hang') return;
        if (this.#active === undefined) return this.#refuse('response_cancel_not_active', 'no active response');
        return this.#end(this.#active, 'cancelled');
      default:
        this.#refuse('unknown_event', event.type);
    }
  }

  async #commit(): Promise<void> {
    const audio = Buffer.concat(this.#audio);
    this.#audio = [];
    if (audio.length < MIN_COMMIT_BYTES) return this.#refuse('input_audio_buffer_commit_empty', 'buffer too small');
    const item: PeerItem = { id: this.#id('item'), role: 'user', text: '', audioMs: 0 };
    const previous_item_id = this.items.at(-1)?.id ?? null;
    this.items.push(item);
    this.#send({ type: 'input_audio_buffer.committed', item_id: item.id, previous_item_id });
    this.#announce({ id: item.id, type: 'message', role: 'user', content: [{ type: 'input_audio' }] });
    this.#recognised = this.#recognise(item, audio);
    await this.#recognised;
  }

  async #recognise(item: PeerItem, audio: Buffer): Promise<void> {
    const { speech, peer } = this.#options;
    item.text = await speech.recognise({ samples: samplesOf(audio), sampleRateHz: PEER_RATE_HZ });
    await wait(peer.delays.transcriptMs);
    if (!this.#settings.audio?.input?.transcription) return;
    const at = { item_id: item.id, content_index: 0 };
    const type = 'conversation.item.input_audio_transcription';
    for (const delta of tokensOf(item.text)) this.#send({ type: `${type}.delta`, ...at, delta });
    const usage = { type: 'duration', seconds: audio.length / 2 / PEER_RATE_HZ } as const;
    this.#send({ type: `${type}.completed`, ...at, transcript: item.text, usage });
  }

  #announce(item: ConversationItem): void {
    this.#send({ type: 'conversation.item.added', item });
    this.#send({ type: 'conversation.item.done', item });
  }

  #create(item: ConversationItem): void {
    const id = item.id ?? this.#id('item');
    if (item.type === 'function_call_output') this.items.push({ id, role: 'tool', text: item.output, audioMs: 0 });
    else if (item.type === 'message') {
      const text = item.content.map((part) => ('text' in part ? (part.text ?? '') : '')).join('');
      this.items.push({ id, role: item.role, text, audioMs: 0 });
    } else return this.#refuse('invalid_value', 'item.type');
    this.#announce({ ...item, id });
  }

  #delete(item_id: string): void {
    const at = this.items.findIndex(({ id }) => id === item_id);
    if (at < 0) return this.#refuse('item_delete_invalid_item_id', 'no such item');
    this.items.splice(at, 1);
    this.#send({ type: 'conversation.item.deleted', item_id });
  }

  #truncate(item_id: string, audio_end_ms: number): void {
    const item = this.items.find(({ id, role }) => id === item_id && role === 'assistant');
    if (!item) return this.#refuse('item_truncate_invalid_item_id', 'no such item');
    if (audio_end_ms > item.audioMs) return this.#refuse('invalid_value', `shorter than ${audio_end_ms} ms`);
    item.text = item.text.slice(0, Math.floor((item.text.length * audio_end_ms) / item.audioMs));
    item.audioMs = audio_end_ms;
    this.#send({ type: 'conversation.item.truncated', item_id, content_index: 0, audio_end_ms });
  }

  async #respond(): Promise<void> {
    if (this.#active !== undefined) return this.#refuse('conversation_already_has_active_response', this.#active);
    const response_id = this.#id('resp');
    this.#active = response_id;
    const fault = this.#options.takeFault('response.create');
    this.#send({ type: 'response.created', response: responseOf(response_id, 'in_progress') });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'disconnect') return this.disconnect();
    if (fault?.kind === 'status') return this.#end(response_id, 'failed');
    await this.#recognised;
    await wait(this.#options.peer.delays.firstTokenMs);
    const at = this.items.findLastIndex(({ role }) => role === 'user');
    const answer = answerByRules(this.#options.peer.rules, {
      heard: this.items[at]?.text ?? '',
      results: this.items.slice(at + 1).flatMap(({ role, text }) => (role === 'tool' ? [text] : [])),
      tools: this.#settings.tools?.flatMap((tool) => (tool.type === 'function' && tool.name ? [tool.name] : [])) ?? [],
    });
    if ('call' in answer) this.#call(response_id, answer.call);
    else if (!(await this.#speak(response_id, answer.say, fault))) return;
    if (this.#active === response_id) this.#end(response_id, 'completed');
  }

  #call(response_id: string, { name, input }: { name: string; input: Record<string, unknown> }): void {
    const item_id = this.#id('item');
    const call = { type: 'function_call', id: item_id, call_id: this.#id('call'), name } as const;
    const args = JSON.stringify(input);
    const at = { response_id, output_index: 0 };
    this.#send({ type: 'response.output_item.added', ...at, item: { ...call, arguments: '', status: 'in_progress' } });
    const place = { ...at, item_id, call_id: call.call_id };
    this.#send({ type: 'response.function_call_arguments.delta', ...place, delta: args });
    this.#send({ type: 'response.function_call_arguments.done', ...place, arguments: args, name });
    this.#send({ type: 'response.output_item.done', ...at, item: { ...call, arguments: args, status: 'completed' } });
  }

  /** Whether the answer is complete. The transcript comes with the audio, as at OpenAI. */
  async #speak(response_id: string, text: string, fault: Fault | undefined): Promise<boolean> {
    const item: PeerItem = { id: this.#id('item'), role: 'assistant', text: '', audioMs: 0 };
    const at = { response_id, output_index: 0, item_id: item.id, content_index: 0 };
    const { speech, peer } = this.#options;
    const content = [{ type: 'output_audio' as const }];
    const message = { id: item.id, type: 'message', role: 'assistant', content } as const;
    this.items.push(item);
    this.#send({ type: 'response.output_item.added', response_id, output_index: 0, item: { ...message, content: [] } });
    this.#send({ type: 'response.content_part.added', ...at, part: { type: 'audio', transcript: '' } });
    const tokens = tokensOf(text);
    let count = 0;
    for await (const piece of speechPieces(text, speech, peer.delays)) {
      if (this.#active !== response_id) return false;
      if (fault && 'after' in fault && count === fault.after && this.#interrupt(fault)) return false;
      const delta = tokens.shift();
      if (delta !== undefined) this.#send({ type: 'response.output_audio_transcript.delta', ...at, delta });
      item.text += delta ?? '';
      item.audioMs += piece.length / 2 / (PEER_RATE_HZ / 1_000);
      count += 1;
      const times = fault?.kind === 'repeat' ? fault.times : 1;
      for (let i = 1; i < times; i++) {
        this.#send({ type: 'response.output_audio.delta', ...at, delta: piece.toString('base64') });
      }
      this.#send({ type: 'response.output_audio.delta', ...at, delta: piece.toString('base64') });
    }
    for (const delta of tokens) this.#send({ type: 'response.output_audio_transcript.delta', ...at, delta });
    item.text = text;
    this.#send({ type: 'response.output_audio.done', ...at });
    this.#send({ type: 'response.output_audio_transcript.done', ...at, transcript: text });
    this.#send({ type: 'response.content_part.done', ...at, part: { type: 'audio', transcript: text } });
    this.#send({ type: 'response.output_item.done', response_id, output_index: 0, item: message });
    return true;
  }

  #interrupt(fault: Fault): boolean {
    if (fault.kind === 'disconnect in the middle') this.disconnect();
    else if (fault.kind === 'text') this.#options.webSocket.send(fault.text);
    return fault.kind !== 'text';
  }

  #end(id: string, status: 'completed' | 'cancelled' | 'failed'): void {
    this.#active = undefined;
    this.#send({ type: 'response.done', response: responseOf(id, status) });
  }
}

function responseOf(id: string, status: NonNullable<RealtimeResponse['status']>): RealtimeResponse {
  const response: RealtimeResponse = { id, object: 'realtime.response', status, output: [] };
  if (status === 'completed') return { ...response, usage: { input_tokens: 20, output_tokens: 30, total_tokens: 50 } };
  if (status === 'cancelled') {
    return { ...response, status_details: { type: 'cancelled', reason: 'client_cancelled' } };
  }
  if (status !== 'failed') return response;
  // As OpenAI reports it when the account has no credit.
  const error = { type: 'insufficient_quota', code: 'insufficient_quota' };
  return { ...response, status_details: { type: 'failed', error } };
}
