/** Ends a request with an answer for its sender. */
export class HttpFailure extends Error {
  readonly status: number;
  /** A word for programs: `unauthorized`, `searchjob.parse.error`. */
  readonly code: string;
  readonly hint: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly hint?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.name = 'HttpFailure';
    this.status = status;
    this.code = code;
    this.hint = more.hint ?? null;
    this.headers = more.headers ?? {};
  }
}

/** Asks the sender to come again later. */
export function tooBusy(message: string, seconds = 1): HttpFailure {
  return new HttpFailure(429, 'rate.limit.exceeded', message, {
    headers: { 'retry-after': String(seconds) },
  });
}

/** The server goes down; another one, or this one in a moment, will take the request. */
export function goingDown(): HttpFailure {
  return new HttpFailure(503, 'service.unavailable', 'the server is stopping', {
    headers: { 'retry-after': '5' },
  });
}
