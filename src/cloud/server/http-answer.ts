/**
 * Answers of the HTTP API. Errors have a code and one sentence, as those of a real backend.
 */
import type { ServerResponse } from 'node:http';

/** What is wrong with a request, as its answer. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function notFound(what: string): HttpError {
  return new HttpError(404, 'NotFound', what);
}

export function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'TooLarge', `more than ${maxBytes} bytes`);
}

export function brokenOff(): HttpError {
  return new HttpError(400, 'Aborted', 'the request broke off');
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  sendJsonText(response, status, JSON.stringify(body));
}

export function sendJsonText(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.end();
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(text);
}
