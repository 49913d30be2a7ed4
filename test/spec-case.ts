/** One fenced block of a spec file. */
export interface Fence {
  readonly kind: string;
  /** What stands behind the kind on the opening line. */
  readonly info: string;
  readonly text: string;
  /** Offsets of the text in the file. */
  readonly start: number;
  readonly end: number;
}

/** A heading of a spec file and the blocks under it. */
export interface SpecCase {
  readonly title: string;
  readonly fences: readonly Fence[];
}

/** The cases of a spec file: every heading with a `query` block under it. */
export function readCases(markdown: string): SpecCase[] {
  const cases: { title: string; fences: Fence[] }[] = [];
  let open: { kind: string; info: string; start: number; mark: string } | null = null;
  let offset = 0;
  for (const line of markdown.split('\n')) {
    const fence = /^(```+)(\S*)\s*(.*)$/.exec(line);
    const heading = /^##+\s+(.*)$/.exec(line);
    if (open !== null) {
      if (line.trimEnd() === open.mark) {
        const end = Math.max(open.start, offset - 1);
        cases.at(-1)?.fences.push({ ...open, text: markdown.slice(open.start, end), end });
        open = null;
      }
    } else if (fence !== null) {
      open = {
        mark: fence[1] ?? '',
        kind: fence[2] ?? '',
        info: fence[3] ?? '',
        start: offset + line.length + 1,
      };
    } else if (heading !== null) cases.push({ title: heading[1] ?? '', fences: [] });
    offset += line.length + 1;
  }
  return cases.filter(({ fences }) => fences.some(({ kind }) => kind === 'query'));
}

/** The text of the first block of a kind, or null. */
export function fenceText(spec: SpecCase, kind: string): string | null {
  return spec.fences.find((fence) => fence.kind === kind)?.text ?? null;
}
