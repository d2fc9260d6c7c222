/** Why a connection was not made, in words, by the code of the system or of TLS. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  EAI_AGAIN: 'its name cannot be looked up now',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'there is no route to it',
};
const CERTIFICATE = /CERT|SELF_SIGNED|ALTNAME|ISSUER|LEAF_SIGNATURE|ERR_SSL|ERR_TLS/;

/** Undefined for a code that has no words here. */
export function connectReason(code: string | undefined): string | undefined {
  return REASONS[code ?? ''];
}

/** The other end's certificate is not accepted. */
export function isCertificateError(code: string | undefined): boolean {
  return CERTIFICATE.test(code ?? '');
}
