import type { Store } from '../../store/store.ts';
import { Counter, Durations, gauge, total } from './counters.ts';

/** Everything that the server counts. */
export class Metrics {
  readonly requests = new Counter('weir_http_requests_total', 'Answered requests.', ['route', 'status']);
  readonly messages = new Counter('weir_received_messages_total', 'Messages acknowledged as stored.', [
    'source',
  ]);
  readonly bytes = new Counter('weir_received_bytes_total', 'Bytes of bodies that were acknowledged.', [
    'source',
  ]);
  readonly refused = new Counter('weir_refused_requests_total', 'Bodies that were not stored.', ['reason']);
  readonly dropped = new Counter('weir_dropped_messages_total', 'Messages left out by a rule.', ['reason']);
  readonly repeated = new Counter('weir_repeated_batches_total', 'Batches that were stored before.');
  readonly acknowledged = new Durations(
    'weir_acknowledge_seconds',
    'From the first byte of a body to its acknowledgement.',
  );
  readonly answered = new Durations(
    'weir_http_request_seconds',
    'From the head of a request to the end of its answer.',
  );
  readonly synced = new Durations(
    'weir_log_sync_seconds',
    'One sync of the log, for all bodies that waited.',
  );
  readonly syncedAppends = new Counter(
    'weir_log_appends_total',
    'Bodies that syncs of the log made durable.',
  );
  readonly flushed = new Durations('weir_flush_seconds', 'Writing the log as segments.');
  readonly queryTime = new Durations('weir_query_seconds', 'A query, waiting for its turn included.');
  readonly queries = new Counter('weir_queries_total', 'Queries that ran.', ['kind']);
  readonly tailSkipped = new Counter('weir_tail_skipped_total', 'Messages that slow live readers missed.');
  queriesRunning = 0;
  tails = 0;
  /** Bodies that wait to be read. */
  waiting = 0;

  /** Hears of the store's work from now on. */
  observe(store: Store): void {
    store.observe({
      synced: (seconds, appends) => {
        this.synced.observe(seconds);
        this.syncedAppends.add([], appends);
      },
      flushed: (seconds) => this.flushed.observe(seconds),
    });
  }

  /** All of it in the Prometheus text format. */
  text(store: Store, inFlightBytes: number): string {
    const { messages, segments, bytes, unflushed } = store.figures();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    return [
      this.requests,
      this.messages,
      this.bytes,
      this.refused,
      this.dropped,
      this.repeated,
      this.acknowledged,
      this.answered,
      this.synced,
      this.syncedAppends,
      this.flushed,
      this.queryTime,
      this.queries,
      this.tailSkipped,
    ]
      .map((counter) => counter.text())
      .concat([
        gauge('weir_queries_running', 'Queries at work.', this.queriesRunning),
        gauge('weir_tails', 'Live readers.', this.tails),
        gauge('weir_in_flight_bytes', 'Bytes of bodies that are being read or stored.', inFlightBytes),
        gauge('weir_receive_waiting', 'Bodies that wait to be read.', this.waiting),
        gauge('weir_append_waiting', 'Bodies that wait until segments are written.', unflushed.waiting),
        gauge('weir_store_messages', 'Messages in the store.', messages),
        gauge(
          'weir_store_unflushed_messages',
          'Messages in the log and in no segment yet.',
          unflushed.messages,
        ),
        gauge('weir_store_unflushed_bytes', 'Bytes of those messages in the log.', unflushed.bytes),
        gauge('weir_store_segments', 'Segments of the store.', segments),
        gauge('weir_store_bytes', 'Bytes of segments and log.', bytes),
        gauge('weir_store_writable', '1 while the store takes messages.', store.failure === null ? 1 : 0),
        gauge('weir_process_resident_bytes', 'Memory of the process.', rss),
        gauge('weir_process_heap_bytes', 'Used heap.', heapUsed + arrayBuffers),
        total(
          'weir_process_cpu_seconds_total',
          'Processor time of all threads since the start.',
          cpuSeconds(),
        ),
        gauge('weir_process_uptime_seconds', 'Since the start.', process.uptime()),
      ])
      .join('');
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
