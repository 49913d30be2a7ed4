import { QueryFailure } from '../../engine/define.ts';
import type {
  HistogramBucket,
  SearchJobMessages,
  SearchJobRecords,
  SearchJobState,
  SearchJobStatus,
} from '../api.ts';
import { bucketsOf } from './histogram.ts';
import type { JobRequest } from './job-request.ts';
import type { QueryRunner } from './query-runner.ts';
import { ResultPages } from './result-pages.ts';

/** A job whose result is messages stops at this many. */
const MOST_MESSAGES = 100_000;

/** One search that runs in the background while its results are asked for. */
export class SearchJob {
  readonly id: string;
  readonly owner: string | null;
  /** Epoch ms of the last time anybody asked. */
  asked: number;
  readonly #request: JobRequest;
  readonly #messages: ResultPages;
  readonly #records: ResultPages;
  readonly #stop = new AbortController();
  #state: SearchJobState = 'NOT STARTED';
  /** How many messages the histogram counted. */
  #counted = 0;
  #finished = false;
  #newBuckets: HistogramBucket[] = [];
  #newErrors: string[] = [];
  #newWarnings: string[];

  constructor(id: string, owner: string | null, request: JobRequest, now: number) {
    this.id = id;
    this.owner = owner;
    this.asked = now;
    this.#request = request;
    this.#messages = new ResultPages([]);
    this.#records = new ResultPages(request.keys);
    this.#newWarnings = [...request.warnings];
  }

  /** Whether the rows are aggregate records. */
  get aggregates(): boolean {
    return !this.#request.plan.raw;
  }

  /** Whether it no longer runs. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Runs to the end; never rejects. `onBug` hears of what should not have happened. */
  async run(runner: QueryRunner, mayWrite: boolean, onBug: (thrown: unknown) => void): Promise<void> {
    const { time, timeBasis, timeZone } = this.#request;
    const options = { time, timeBasis, timeZone, signal: this.#stop.signal, kind: 'job' as const };
    try {
      await this.#count(runner, { ...options, mayWrite: false });
      const { plan } = this.#request;
      if (this.#request.messages !== null) {
        await this.#collect(runner, this.#request.messages, this.#messages, { ...options, mayWrite: false });
      }
      const pages = this.aggregates ? this.#records : this.#messages;
      const full = await this.#collect(runner, plan, pages, { ...options, mayWrite });
      this.#state = full && !this.aggregates ? 'FORCE PAUSED' : 'DONE GATHERING RESULTS';
    } catch (thrown) {
      if (thrown instanceof QueryFailure && thrown.reason === 'cancelled') this.#state = 'CANCELLED';
      else {
        if (!(thrown instanceof QueryFailure)) onBug(thrown);
        this.#newErrors.push(
          thrown instanceof QueryFailure
            ? thrown.message
            : 'the search failed; the log of the server says why',
        );
        this.#state = 'DONE GATHERING RESULTS';
      }
    } finally {
      this.#finished = true;
    }
  }

  async #count(runner: QueryRunner, options: Parameters<QueryRunner['run']>[1]): Promise<void> {
    await runner.run(this.#request.histogram, options, (batch) => {
      this.#state = 'GATHERING RESULTS';
      const buckets = bucketsOf(batch, this.#request.bucketMilliseconds);
      this.#newBuckets.push(...buckets);
      for (const { count } of buckets) this.#counted += count;
      return true;
    });
    this.#state = 'GATHERING RESULTS';
  }

  /** True when there was more than may be kept. */
  async #collect(
    runner: QueryRunner,
    plan: JobRequest['plan'],
    pages: ResultPages,
    options: Parameters<QueryRunner['run']>[1],
  ): Promise<boolean> {
    const most = plan.raw ? MOST_MESSAGES : Infinity;
    const { run, ended } = await runner.run(plan, options, (batch) => {
      pages.add(batch);
      return pages.rows < most;
    });
    this.#newWarnings.push(...run.warnings());
    return ended;
  }

  /** Where the job is, with what is new since the last time. */
  status(): SearchJobStatus {
    const status: SearchJobStatus = {
      state: this.#state,
      messageCount: this.aggregates ? this.#counted : this.#messages.rows,
      recordCount: this.#records.rows,
      histogramBuckets: this.#newBuckets,
      pendingErrors: this.#newErrors,
      pendingWarnings: this.#newWarnings,
    };
    this.#newBuckets = [];
    this.#newErrors = [];
    this.#newWarnings = [];
    return status;
  }

  messages(offset: number, limit: number): SearchJobMessages {
    const extra = this.#messages.rows === 0 ? [] : MESSAGE_EXTRAS;
    return {
      fields: [
        ...extra.map(({ name }) => ({ name, fieldType: 'string' as const, keyField: false })),
        ...this.#messages.fields,
      ],
      messages: this.#messages.page(offset, limit, (row) =>
        extra.map(({ name, value }) => [name, value(this.id, row)] as const),
      ),
    };
  }

  records(offset: number, limit: number): SearchJobRecords {
    return { fields: this.#records.fields, records: this.#records.page(offset, limit) };
  }

  cancel(): void {
    this.#stop.abort();
  }
}

/** What clients of the cloud product find in every message and weir has no other word for. */
const MESSAGE_EXTRAS: readonly { readonly name: string; value(job: string, row: number): string }[] = [
  { name: '_messageid', value: (job, row) => `${job}-${row}` },
  { name: '_sourceid', value: () => '0' },
  { name: '_collectorid', value: () => '0' },
  { name: '_collector', value: () => 'weir' },
  { name: '_messagecount', value: (_job, row) => String(row) },
  { name: '_blockid', value: () => '0' },
  { name: '_format', value: () => '' },
];
