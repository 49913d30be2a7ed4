import type { RunStatistics } from '../../engine/run/execute.ts';
import { grouped } from '../../grammar/counted.ts';
import { byteSize } from '../../ingest/quantities.ts';

/** Where rows and time of a run went, one line a stage, the scan first. */
export function renderProfile({ scan, stages, ms }: RunStatistics): string {
  const spent = stages.reduce((sum, stage) => sum + stage.ms, 0);
  const skipped =
    scan.segmentsSkipped > 0 ? `, ${scan.segmentsSkipped} of ${scan.segments} segments skipped` : '';
  const lines = [
    `total ${ms.toFixed(1)} ms`,
    `├─ scan ${(ms - spent).toFixed(1)} ms  ${grouped(scan.rows)} rows, ${byteSize(scan.bytesRead)} read, ${byteSize(scan.bytesSkipped)} skipped${skipped}`,
    ...stages.map(
      (stage, position) =>
        `${position === stages.length - 1 ? '└' : '├'}─ ${stage.name} ${stage.ms.toFixed(1)} ms  ${grouped(stage.rowsIn)} rows in, ${grouped(stage.rowsOut)} out`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** The same as one JSON object: times in ms, sizes in bytes. */
export function profileJson({ scan, stages, ms }: RunStatistics): string {
  return `${JSON.stringify({ ms, scan, stages })}\n`;
}
