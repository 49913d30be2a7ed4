import { explainPlan, explainText } from '../../engine/plan/explain.ts';
import { registry } from '../../engine/registry.ts';
import { prepareQuery } from '../../index.ts';
import { write } from '../output/result.ts';
import { readQueryText, reportDiagnostics } from '../query-text.ts';
import { macrosFor } from '../store-macros.ts';

export interface ExplainOptions {
  readonly store?: string;
  readonly file?: string;
  readonly param: ReadonlyMap<string, string>;
  readonly output?: 'text' | 'json';
}

/** `weir explain`: what is pushed into the scan, what is read, where each stage runs. */
export async function explain(argument: string | undefined, options: ExplainOptions): Promise<void> {
  const query = await readQueryText(argument, options.file, true);
  const macros = await macrosFor(query.text, options);
  const { plan, diagnostics } = prepareQuery(query.text, { parameters: options.param, macros });
  reportDiagnostics(query, diagnostics);
  if (plan === null) return;
  await write(
    options.output === 'json'
      ? `${JSON.stringify(explainPlan(plan, query.text, registry))}\n`
      : `${explainText(plan, query.text, registry)}\n`,
  );
}
