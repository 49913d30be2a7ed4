/** The messages of the HTTP API, as JSON carries them. Types only. */

/** An error of the search API. */
export interface ErrorBody {
  readonly status: number;
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** Errors of the other APIs. */
export interface OpenApiErrors {
  readonly id: string;
  readonly errors: readonly { readonly code: string; readonly message: string; readonly detail?: string }[];
}

/** `POST /api/v1/search/jobs`. Times are epoch ms (a number or text) or `YYYY-MM-DDTHH:mm:ss`. */
export interface CreateSearchJob {
  readonly query: string;
  readonly from: string | number;
  readonly to: string | number;
  /** An IANA name; may be missing when both times are epoch ms. */
  readonly timeZone?: string;
  readonly timezone?: string;
  readonly byReceiptTime?: boolean;
  readonly autoParsingMode?: 'Manual' | 'AutoParse' | 'performance' | 'intelligent';
  readonly requiresRawMessages?: boolean;
  readonly intervalTimeType?: 'messageTime' | 'receiptTime' | 'searchableTime';
}

/** The answer to it: 202. */
export interface SearchJobCreated {
  readonly id: string;
  readonly link: { readonly rel: 'self'; readonly href: string };
}

export type SearchJobState =
  | 'NOT STARTED'
  | 'GATHERING RESULTS'
  | 'FORCE PAUSED'
  | 'DONE GATHERING RESULTS'
  | 'DONE GATHERING HISTOGRAM'
  | 'CANCELLED';

export interface HistogramBucket {
  /** Milliseconds. */
  readonly length: number;
  readonly count: number;
  /** Epoch ms. */
  readonly startTimestamp: number;
}

/** `GET /api/v1/search/jobs/:id`. Buckets, errors and warnings are those since the status before. */
export interface SearchJobStatus {
  readonly state: SearchJobState;
  readonly messageCount: number;
  readonly recordCount: number;
  readonly histogramBuckets: readonly HistogramBucket[];
  readonly pendingErrors: readonly string[];
  readonly pendingWarnings: readonly string[];
}

export interface ResultField {
  /** In lower case. */
  readonly name: string;
  readonly fieldType: 'string' | 'int' | 'long' | 'double' | 'boolean';
  /** True for the fields that the query groups by. */
  readonly keyField: boolean;
}

/** One row; every value is a text, the empty one for null. */
export interface ResultRow {
  readonly map: Readonly<Record<string, string>>;
}

/** `GET /api/v1/search/jobs/:id/messages?offset=&limit=` */
export interface SearchJobMessages {
  readonly fields: readonly ResultField[];
  readonly messages: readonly ResultRow[];
}

/** `GET /api/v1/search/jobs/:id/records?offset=&limit=` */
export interface SearchJobRecords {
  readonly fields: readonly ResultField[];
  readonly records: readonly ResultRow[];
}

/** What `POST` and `PUT` of an extraction rule send. */
export interface ExtractionRuleDefinition {
  readonly name: string;
  readonly scope: string;
  readonly parseExpression: string;
  readonly enabled?: boolean;
}

/** An extraction rule as the API shows it. Times are RFC 3339 in UTC. */
export interface ExtractionRule {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly parseExpression: string;
  readonly enabled: boolean;
  readonly fieldNames: readonly string[];
  readonly createdAt: string;
  readonly createdBy: string;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
}

/** `GET /api/v1/extractionRules?limit=&token=` */
export interface ExtractionRulePage {
  readonly data: readonly ExtractionRule[];
  readonly next: string | null;
}

/** `GET /api/v1/dashboards` */
export interface DashboardList {
  readonly dashboards: readonly DashboardSummary[];
}

export interface DashboardSummary {
  /** `APP/NAME` */
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  readonly timeRange: string;
  readonly variables: readonly {
    readonly name: string;
    readonly label: string;
    readonly default: string;
    readonly values: readonly string[];
  }[];
  readonly panels: readonly { readonly key: string; readonly title: string; readonly chart: string }[];
}

/** `POST /api/v1/dashboards/:app/:name/run`; the answer is what `weir run -o json` prints. */
export interface RunDashboardRequest {
  /** As `--from` and `--to` take them. */
  readonly from?: string | number;
  readonly to?: string | number;
  readonly timeZone?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Keys of the panels to run; all by default. */
  readonly panels?: readonly string[];
}

/** The answer to a Firehose delivery. */
export interface FirehoseAnswer {
  readonly requestId: string;
  /** Epoch ms. */
  readonly timestamp: number;
  readonly errorMessage?: string;
}

/** A line of `GET /api/v1/tail?query=`: a message that fits, or word of messages that the reader was too slow for. */
export type TailLine =
  | { readonly kind: 'message'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'skipped'; readonly messages: number };
