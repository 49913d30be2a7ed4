import { QueryFailure } from '../../engine/define.ts';
import { InputProblem } from '../../ingest/byte-stream.ts';
import { StoreError } from '../../store/failure.ts';
import type { ErrorBody, OpenApiErrors } from '../api.ts';
import { errorPage } from '../pages/error-page.ts';
import type { Exchange } from './exchange.ts';
import { HttpFailure } from './http-failure.ts';
import { requestId } from './request-id.ts';
import { sendJson, sendPage, sendText } from './respond.ts';
import type { ErrorShape } from './routes.ts';

/** What was thrown, as an answer; null for a bug of ours. */
export function asHttpFailure(thrown: unknown): HttpFailure | null {
  if (thrown instanceof HttpFailure) return thrown;
  if (thrown instanceof StoreError) return storeFailure(thrown);
  if (thrown instanceof InputProblem) {
    return new HttpFailure(400, 'body.damaged', `the body cannot be read: ${thrown.message}`);
  }
  if (thrown instanceof QueryFailure) {
    return new HttpFailure(400, 'query.failed', thrown.message, hintOf(thrown.hint));
  }
  return null;
}

function storeFailure(failure: StoreError): HttpFailure {
  const retry = { 'retry-after': '30' };
  switch (failure.reason) {
    case 'full':
      return new HttpFailure(507, 'storage.full', failure.message, {
        ...hintOf(failure.hint),
        headers: retry,
      });
    case 'request':
      return new HttpFailure(400, 'request.invalid', failure.message, hintOf(failure.hint));
    case 'missing':
    case 'in-use':
    case 'newer':
    case 'damaged':
    case 'read-only':
    case 'closed':
      return new HttpFailure(503, 'service.unavailable', failure.message, {
        ...hintOf(failure.hint),
        headers: retry,
      });
  }
}

function hintOf(hint: string | null): { readonly hint?: string } {
  return hint === null ? {} : { hint };
}

/** Tells the other side what went wrong, in the shape that its kind of client reads. */
export function answerFailure(
  exchange: Pick<Exchange, 'response'>,
  failure: HttpFailure,
  shape: ErrorShape,
): void {
  const { status, code, message, headers, hint } = failure;
  if (exchange.response.headersSent) {
    exchange.response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value);
  switch (shape) {
    case 'search': {
      const body: ErrorBody = {
        status,
        id: requestId(exchange.response),
        code,
        message: sentence(message, hint),
      };
      sendJson(exchange, status, body);
      return;
    }
    case 'openapi': {
      const body: OpenApiErrors = {
        id: requestId(exchange.response),
        errors: [{ code, message, ...(hint === null ? {} : { detail: hint }) }],
      };
      sendJson(exchange, status, body);
      return;
    }
    case 'text':
      sendText(exchange, status, `${sentence(message, hint)}\n`);
      return;
    case 'page':
      sendPage(exchange, status, errorPage(status, message, hint));
      return;
  }
}

function sentence(message: string, hint: string | null): string {
  return hint === null ? message : `${message} (${hint})`;
}

/** The answer to something that should not happen; what it was is in the log only. */
export function internalFailure(): HttpFailure {
  return new HttpFailure(500, 'internal.error', 'something went wrong in the server; its log says what');
}
